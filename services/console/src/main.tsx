import './theme/mantine-styles.js';
import { MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api/client.js';
import { LanguageProvider } from './language/language.js';
import { createPageRouter } from './router.js';
import { schemeManager, theme, themeVariables } from './theme/theme.js';

const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error) {
      // The session has ended while the page was open.
      if (error instanceof ApiProblem && error.status === 401 && location.pathname !== '/sign-in') {
        void router.navigate({ to: '/sign-in', search: { to: location.pathname + location.search } });
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
  },
});
const router = createPageRouter(queryClient);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={themeVariables} colorSchemeManager={schemeManager} defaultColorScheme="auto">
      <LanguageProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
);
