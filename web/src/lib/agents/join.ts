// The command that joins an agent to this server.

export interface Join {
  server: string;
  name: string;
  /** `key` or `key=value`. */
  labels: readonly string[];
  executors: readonly string[];
}

/** A word of a POSIX shell that stands for just this text. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

const thisMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function joinCommand({ server, name, labels, executors }: Join): string {
  const url = new URL(server);
  const parts = [`open-cicd-agent --server ${shellWord(server)}`, '--token-file registration.token'];
  if (name) parts.push(`--name ${shellWord(name)}`);
  if (labels.length > 0) parts.push(`--labels ${shellWord(labels.join(','))}`);
  if (executors.length > 0) parts.push(`--executors ${shellWord(executors.join(','))}`);
  if (url.protocol === 'http:' && !thisMachine.test(url.hostname)) parts.push('--allow-insecure-http');
  return parts.join(' \\\n  ');
}

/** "linux, gpu zone=eu" as labels; what is no label is told. */
export function readLabels(text: string): { labels: string[]; wrong?: string } {
  const labels = [...new Set(text.split(/[\s,]+/).filter(Boolean))];
  const wrong = labels.find((label) => !/^[\w.\-/]+(=[\w.\-/+:@]*)?$/.test(label));
  return wrong === undefined ? { labels } : { labels, wrong };
}
