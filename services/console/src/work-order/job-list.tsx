import { Link } from '@tanstack/react-router';
import { useWords } from '../language/language.js';
import { workOrderWords } from './work-order-words.js';

interface ListedJob {
  readonly playbook: string;
  /** Undefined: the version in force when it runs. */
  readonly playbookVersion?: number | undefined;
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
}

/** What an order runs, in its order, with versions and inputs. */
export function JobList({ jobs }: { readonly jobs: readonly ListedJob[] }) {
  const words = useWords(workOrderWords);
  return (
    <ol>
      {jobs.map((job, index) => (
        <li key={index}>
          <Link to="/playbooks/$name" params={{ name: job.playbook }}>
            {job.playbook}
          </Link>
          , {job.playbookVersion === undefined ? words.versionInForce : words.version(job.playbookVersion)}
          {Object.entries(job.inputs ?? {}).map(([name, value]) => (
            <div key={name}>
              <code>
                {name} = {String(value)}
              </code>
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
