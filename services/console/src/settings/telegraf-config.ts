/** What is put where the secret belongs until there is one. */
const secretPlace = 'YOUR-INGEST-TOKEN';

/** The output that points any Telegraf here. */
export function telegrafConfig(url: string, secret: string = secretPlace): string {
  return `[[outputs.influxdb_v2]]
  urls = ["${url}"]
  token = "${secret}"
  organization = "opsloop"
  bucket = "opsloop"
`;
}

/** One line of line protocol by curl. */
export function tryCommand(url: string, secret: string = secretPlace): string {
  return `curl -i '${url}/api/v2/write' -H 'Authorization: Token ${secret}' --data-binary 'cpu,host=try-me,cpu=cpu-total usage_idle=42'
`;
}
