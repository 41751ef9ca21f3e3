#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, once: `sh deploy/compose/make-secrets.sh` before the first start.
# Only the owner of the folder gets at them on this host; in the containers they belong to users of other numbers, so the files are readable.
set -eu
folder="$(dirname "$0")/../../secrets"
random() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
  [ -e "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"
  chmod 444 "$folder/$1"
}
mkdir -p -m 700 "$folder"
keep admin_token "ops_$(random)"
keep ingest_token "ops_$(random)"
keep influxdb_token "$(random)"
keep mongodb_password "$(random)"
keep mongodb_url "mongodb://opsloop:$(cat "$folder/mongodb_password")@mongodb:27017/opsloop?authSource=admin"
echo "secrets are in $(cd "$folder" && pwd); sign in with the text of admin_token"
