// What an answer that is not 2xx means, for whoever asks the server without lib/api: the workers.

/** The same request may have another answer later. */
export const isTemporary = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;

/** What an answer that is not 2xx says: the detail of its problem document, else its status. */
export async function problemOf(answer: Response): Promise<string> {
  try {
    const problem: unknown = await answer.json();
    if (typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string')
      return problem.detail;
  } catch {
    // no problem document: something on the way answered
  }
  return `the server answered ${answer.status}`;
}
