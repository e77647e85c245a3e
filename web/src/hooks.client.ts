import type { HandleClientError } from '@sveltejs/kit';

/** An address without a page is news for the visitor, not for the console. */
export const handleError: HandleClientError = ({ error, status, message }) => {
  if (status !== 404) console.error(error);
  return { message: error instanceof Error ? error.message : message };
};
