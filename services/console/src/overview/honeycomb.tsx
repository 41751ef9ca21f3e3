import { NativeSelect } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import type { ResourceAnswer } from '@opsloop/contracts';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { useWords } from '../language/language.js';
import { levelWords } from '../level/level-words.js';
import { LevelShape } from '../level/level-mark.js';
import { Section } from '../page/page.js';
import { cellLines, combRadius, hexagon, layOutComb, neighbour } from './honeycomb-layout.js';
import styles from './honeycomb.module.css';
import { overviewWords } from './overview-words.js';

const groupings = ['region', 'kind', 'provider'] as const;
const windowFrom = 600;
const lineHeight = 14;
type Grouping = (typeof groupings)[number];

/** Resources as cells, each at its place by name, coloured and signed by its worst open alarm: people learn where things are. */
export function Honeycomb({ resources }: { readonly resources: readonly ResourceAnswer[] }) {
  const words = useWords(overviewWords);
  const [by, setBy] = useState<Grouping>('region');
  const { ref, width } = useElementSize();
  const groups = useMemo(() => groupResources(resources, by), [resources, by]);
  const radius = combRadius(resources.length, width > 420);
  return (
    <Section
      title={`${words.resources} ${resources.length}`}
      beside={<NativeSelect size="xs" aria-label={words.groupBy} value={by} onChange={(event) => setBy(event.currentTarget.value as Grouping)} data={groupings.map((value) => ({ value, label: words[value] }))} />}
    >
      <div {...(resources.length > windowFrom ? { className: styles['window'], role: 'region', tabIndex: 0, 'aria-label': words.resources } : {})}>
        <div ref={ref} className={styles['groups']}>
          {width === 0 ? null : groups.map(([name, members]) => <Comb key={name} name={name} members={members} width={width} radius={radius} />)}
        </div>
      </div>
    </Section>
  );
}

function groupResources(resources: readonly ResourceAnswer[], by: Grouping): readonly (readonly [string, readonly ResourceAnswer[]])[] {
  const groups = new Map<string, ResourceAnswer[]>();
  for (const resource of resources) groups.set(resource[by], [...(groups.get(resource[by]) ?? []), resource]);
  return [...groups].map(([name, members]) => [name, members.toSorted((a, b) => (a.name < b.name ? -1 : 1))] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function Comb({ name, members, width, radius }: { readonly name: string; readonly members: readonly ResourceAnswer[]; readonly width: number; readonly radius: number }) {
  const words = useWords(overviewWords);
  const levels = useWords(levelWords);
  const navigate = useNavigate();
  const holder = useRef<SVGSVGElement>(null);
  const [current, setCurrent] = useState(0);
  const layout = layOutComb(members.length, width, radius);

  function onKey(event: KeyboardEvent): void {
    const next = neighbour(current, event.key, layout.columns, members.length);
    if (next === current) return;
    event.preventDefault();
    setCurrent(next);
    holder.current?.querySelectorAll('a')[next]?.focus();
  }
  function onClick(event: MouseEvent, resource: ResourceAnswer): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void navigate({ to: '/resources/$id', params: { id: resource.resourceId } });
  }

  return (
    <div>
      <h3 className={styles['name']}>
        {name === '' ? '–' : name} <small>{members.length}</small>
      </h3>
      <svg ref={holder} className={styles['comb']} width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`} role="group" aria-label={`${name}. ${words.honeycombHelp}`} onKeyDown={onKey}>
        {members.map((resource, index) => {
          const { x, y } = layout.centres[index]!;
          const label = words.cellLabel(resource.name, levels[resource.level ?? 'normal']);
          return (
            // One stop for the Tab key; arrows move within. Cells are links, so that they open in a new tab too.
            <a key={resource.id} href={`/resources/${resource.resourceId}`} tabIndex={index === Math.min(current, members.length - 1) ? 0 : -1} {...(radius < 30 ? {} : { 'aria-label': label })} className={styles['cell']} data-level={resource.level ?? 'normal'} onFocus={() => setCurrent(index)} onClick={(event) => onClick(event, resource)}>
              {radius < 30 ? <title>{label}</title> : null}
              <polygon points={hexagon(x, y, radius)} />
              <CellContent resource={resource} x={x} y={y} radius={radius} />
            </a>
          );
        })}
      </svg>
    </div>
  );
}

function CellContent({ resource, x, y, radius }: { readonly resource: ResourceAnswer; readonly x: number; readonly y: number; readonly radius: number }) {
  const lines = radius >= 30 ? cellLines(resource.name, Math.floor(radius / 3.9)) : [];
  const size = Math.min(18, radius);
  // The sign and the lines of the name share the middle.
  const top = y - ((resource.level === null ? 0 : size + 4) + lines.length * lineHeight) / 2;
  const textTop = top + (resource.level === null ? 0 : size + 4);
  return (
    <>
      {resource.level === null ? null : (
        <g transform={`translate(${x - size / 2} ${lines.length === 0 ? y - size / 2 : top})`}>
          <LevelShape level={resource.level} size={size} />
        </g>
      )}
      <text textAnchor="middle" aria-hidden="true">
        {lines.map((line, index) => (
          <tspan key={line} x={x} y={textTop + index * lineHeight + 11}>
            {line}
          </tspan>
        ))}
      </text>
    </>
  );
}
