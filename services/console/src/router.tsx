import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { readBoardSearch } from './work-order/board-search.js';
import { readAlarmFilters } from './alarm/alarm-filters.js';
import { ApiProblem } from './api/client.js';
import { readExplorer } from './metric/explorer-search.js';
import { Waiting } from './page/loaded.js';
import { meQuery } from './session/me-query.js';
import { BrokenPage } from './shell/broken-page.js';
import { MissingPage } from './shell/missing-page.js';
import { Shell } from './shell/shell.js';

interface RouterContext {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: MissingPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { to?: string; link?: string } => ({ ...textOf(search, 'to'), ...textOf(search, 'link') }),
  component: lazyRouteComponent(() => import('./session/sign-in-page.js'), 'SignInPage'),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: Shell,
  async beforeLoad({ context, location }) {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href } });
      throw error;
    }
  },
});

const page = { getParentRoute: () => app };
const routes = [
  createRoute({ ...page, path: '/', component: lazyRouteComponent(() => import('./overview/overview-page.js'), 'OverviewPage') }),
  createRoute({ ...page, path: '/alarms', validateSearch: readAlarmFilters, component: lazyRouteComponent(() => import('./alarm/alarms-page.js'), 'AlarmsPage') }),
  createRoute({ ...page, path: '/alarms/$id', component: lazyRouteComponent(() => import('./alarm/alarm-page.js'), 'AlarmPage') }),
  createRoute({ ...page, path: '/metrics', validateSearch: readExplorer, component: lazyRouteComponent(() => import('./metric/metrics-page.js'), 'MetricsPage') }),
  createRoute({ ...page, path: '/resources', validateSearch: readTextSearch, component: lazyRouteComponent(() => import('./resource/resources-page.js'), 'ResourcesPage') }),
  createRoute({ ...page, path: '/resources/$id', validateSearch: readRangeSearch, component: lazyRouteComponent(() => import('./resource/resource-page.js'), 'ResourcePage') }),
  createRoute({ ...page, path: '/policies', component: lazyRouteComponent(() => import('./policy/policies-page.js'), 'PoliciesPage') }),
  createRoute({ ...page, path: '/policies/new', validateSearch: readPolicySeed, component: lazyRouteComponent(() => import('./policy/new-policy-page.js'), 'NewPolicyPage') }),
  createRoute({ ...page, path: '/policies/$name', component: lazyRouteComponent(() => import('./policy/policy-page.js'), 'PolicyPage') }),
  createRoute({ ...page, path: '/work-orders', validateSearch: readBoardSearch, component: lazyRouteComponent(() => import('./work-order/work-orders-page.js'), 'WorkOrdersPage') }),
  createRoute({ ...page, path: '/work-orders/$id', validateSearch: readCellSearch, component: lazyRouteComponent(() => import('./work-order/work-order-page.js'), 'WorkOrderPage') }),
  createRoute({ ...page, path: '/playbooks', component: lazyRouteComponent(() => import('./playbook/playbooks-page.js'), 'PlaybooksPage') }),
  createRoute({ ...page, path: '/playbooks/$name', validateSearch: readTargetSearch, component: lazyRouteComponent(() => import('./playbook/playbook-page.js'), 'PlaybookPage') }),
  createRoute({ ...page, path: '/schedules', component: lazyRouteComponent(() => import('./schedule/schedules-page.js'), 'SchedulesPage') }),
  createRoute({ ...page, path: '/schedules/new', validateSearch: readPlaybookSearch, component: lazyRouteComponent(() => import('./schedule/new-schedule-page.js'), 'NewSchedulePage') }),
  createRoute({ ...page, path: '/schedules/$name', component: lazyRouteComponent(() => import('./schedule/schedule-page.js'), 'SchedulePage') }),
  createRoute({ ...page, path: '/outbox', validateSearch: readNoticeSearch, component: lazyRouteComponent(() => import('./notice/outbox-page.js'), 'OutboxPage') }),
  createRoute({ ...page, path: '/dead-letters', component: lazyRouteComponent(() => import('./dead-letter/dead-letters-page.js'), 'DeadLettersPage') }),
  createRoute({ ...page, path: '/settings', component: lazyRouteComponent(() => import('./settings/settings-page.js'), 'SettingsPage') }),
] as const;

type Search = Record<string, unknown>;

function textOf<K extends string>(search: Search, key: K): { [P in K]?: string } {
  const value = search[key];
  return (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { [P in K]?: string };
}
function readTextSearch(search: Search): { text?: string; kind?: string } {
  return { ...textOf(search, 'text'), ...textOf(search, 'kind') };
}
function readRangeSearch(search: Search): { range?: string } {
  return textOf(search, 'range');
}
function readPolicySeed(search: Search): { metric?: string; aggregate?: string; match?: string } {
  return { ...textOf(search, 'metric'), ...textOf(search, 'aggregate'), ...textOf(search, 'match') };
}
/** The cell of the matrix whose log is open: run number, target, job and step. */
function readCellSearch(search: Search): { run?: string; cell?: string } {
  return { ...textOf(search, 'run'), ...textOf(search, 'cell') };
}
function readTargetSearch(search: Search): { target?: string } {
  return textOf(search, 'target');
}
function readPlaybookSearch(search: Search): { playbook?: string } {
  return textOf(search, 'playbook');
}
function readNoticeSearch(search: Search): { notice?: string } {
  return textOf(search, 'notice');
}

/** Plain addresses: every value is text, lists are separated by commas. */
export function createPageRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signIn, app.addChildren(routes)]),
    context: { queryClient },
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch(search) {
      const text = new URLSearchParams(Object.entries(search).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, String(value)]]))).toString();
      return text === '' ? '' : `?${text.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/')}`;
    },
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    defaultPendingComponent: Waiting,
    defaultErrorComponent: BrokenPage,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
}
