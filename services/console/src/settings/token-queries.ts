import type { TokenAnswer, TokenSecret } from '@opsloop/contracts';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { allPages } from '../api/all-pages.js';
import { apiSend } from '../api/client.js';

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => allPages<TokenAnswer>('tokens', {}, 1_000, signal),
});

export interface TokenWish {
  readonly name: string;
  readonly scopes: readonly string[];
}

export function useCreateToken(onMade: (made: TokenSecret) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (wish: TokenWish) => apiSend<TokenSecret>('POST', 'tokens', wish),
    onSuccess(made) {
      onMade(made);
      void queryClient.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
}
