import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { openAlarmsQuery } from '../alarm/alarm-queries.js';
import { createLiveEvents } from '../api/live-events.js';
import { useWords } from '../language/language.js';
import { useMe } from '../session/me-query.js';
import { activeWorkOrdersQuery } from '../work-order/work-order-queries.js';
import { waitsFor } from '../work-order/work-order-states.js';
import { BottomBar } from './bottom-bar.js';
import { HelpDialog } from './help-dialog.js';
import { usePageKeys } from './keyboard.js';
import { LiveBadge } from './live-badge.js';
import { MarkTab } from './mark-tab.js';
import { Outdated } from './outdated.js';
import { SearchDialog } from './search-dialog.js';
import type { ShellCounts } from './shell-counts.js';
import { shellWords } from './shell-words.js';
import styles from './shell.module.css';
import { SideBar } from './side-bar.js';

export function Shell() {
  const words = useWords(shellWords);
  const queryClient = useQueryClient();
  const live = useMemo(() => createLiveEvents(queryClient), [queryClient]);
  useEffect(() => live.start(), [live]);
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const openSearch = useCallback(() => setSearching(true), []);
  const openHelp = useCallback(() => setHelping(true), []);
  usePageKeys({ openSearch, openHelp });
  const me = useMe();
  const open = useQuery(openAlarmsQuery);
  const active = useQuery(activeWorkOrdersQuery);
  const counts: ShellCounts = {
    alarms: open.data && { count: open.data.items.length, more: open.data.cut.length > 0 },
    workOrders: active.data && { count: active.data.items.filter((order) => waitsFor(me, order)).length, more: !active.data.complete },
  };
  return (
    <div className={styles['shell']}>
      <a href="#content" className={styles['skip']}>
        {words.skip}
      </a>
      <MarkTab openAlarms={open.data?.items} />
      <SideBar counts={counts} onSearch={openSearch} live={<LiveBadge live={live} />} />
      <main id="content" className={styles['main']} tabIndex={-1}>
        <Outlet />
        <Outdated />
      </main>
      <BottomBar counts={counts} onSearch={openSearch} live={<LiveBadge live={live} />} />
      <SearchDialog opened={searching} onClose={() => setSearching(false)} />
      <HelpDialog opened={helping} onClose={() => setHelping(false)} />
    </div>
  );
}
