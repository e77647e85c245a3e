import type { LogViewer } from './viewer.svelte';

export interface LogAct {
  keys: readonly string[];
  label: string;
  act: (viewer: LogViewer, actions: LogActions) => void;
}

/** What only the page around the log can do. */
export interface LogActions {
  focusSearch: () => void;
  copyLink: () => void;
  copyLines: () => void;
  help: () => void;
}

/** Every key of the log, as it is listed and as it works. Shift is in the letter: `E` is Shift+e. */
export const logActs: readonly { title: string; acts: readonly LogAct[] }[] = [
  {
    title: 'Find',
    acts: [
      { keys: ['/', 'Ctrl+F'], label: 'Search the whole log', act: (_, actions) => actions.focusSearch() },
      { keys: ['n'], label: 'Next hit', act: (viewer) => viewer.finder.next(1) },
      { keys: ['N'], label: 'Previous hit', act: (viewer) => viewer.finder.next(-1) },
      { keys: ['m'], label: 'Matching lines only, or all', act: (viewer) => viewer.finder.toggleFilter() },
      { keys: ['+'], label: 'More lines around each match', act: (viewer) => viewer.finder.moveContext(1) },
      { keys: ['-'], label: 'Fewer lines around each match', act: (viewer) => viewer.finder.moveContext(-1) },
      { keys: ['e'], label: 'Next error', act: (viewer) => viewer.nextError(1) },
      { keys: ['E'], label: 'Previous error', act: (viewer) => viewer.nextError(-1) }
    ]
  },
  {
    title: 'Move',
    acts: [
      { keys: ['j', 'ArrowDown'], label: 'Next line', act: (viewer) => viewer.moveCursor(1) },
      { keys: ['k', 'ArrowUp'], label: 'Previous line', act: (viewer) => viewer.moveCursor(-1) },
      { keys: ['J', 'Shift+ArrowDown'], label: 'Select one line more', act: (viewer) => viewer.moveCursor(1, true) },
      { keys: ['K', 'Shift+ArrowUp'], label: 'Select one line less', act: (viewer) => viewer.moveCursor(-1, true) },
      { keys: ['Space', 'PageDown'], label: 'One screen down', act: (viewer) => viewer.movePage(1) },
      { keys: ['Shift+Space', 'PageUp'], label: 'One screen up', act: (viewer) => viewer.movePage(-1) },
      { keys: ['}'], label: 'Next step', act: (viewer) => viewer.nextStep(1) },
      { keys: ['{'], label: 'Previous step', act: (viewer) => viewer.nextStep(-1) },
      { keys: ['g g', 'Home'], label: 'Begin of the log', act: (viewer) => viewer.goToStart() },
      { keys: ['G', 'End'], label: 'End of the log', act: (viewer) => viewer.goToEnd() }
    ]
  },
  {
    title: 'Look',
    acts: [
      { keys: ['f'], label: 'Follow what comes, or stop', act: (viewer) => viewer.toggleFollow() },
      { keys: ['w'], label: 'Wrap long lines, or not', act: (viewer) => viewer.setWrap(!viewer.wrap) },
      {
        keys: ['t'],
        label: 'Times: since the step’s start, of the clock, since the line before, off',
        act: (viewer) => viewer.nextTimes()
      },
      {
        keys: ['a'],
        label: 'Announce new errors to screen readers, or not',
        act: (viewer) => viewer.toggleAnnouncing()
      },
      { keys: ['ArrowLeft'], label: 'Fold the group or step', act: (viewer) => viewer.foldAtCursor(true) },
      { keys: ['ArrowRight'], label: 'Unfold the group or step', act: (viewer) => viewer.foldAtCursor(false) }
    ]
  },
  {
    title: 'Take',
    acts: [
      { keys: ['y'], label: 'Copy the link to the selected lines', act: (_, actions) => actions.copyLink() },
      { keys: ['Y'], label: 'Copy the selected lines', act: (_, actions) => actions.copyLines() },
      { keys: ['?'], label: 'This list', act: (_, actions) => actions.help() }
    ]
  }
];

const all = logActs.flatMap(({ acts }) => acts.flatMap((act) => act.keys.map((key) => [key, act] as const)));
/** Letters and signs can be switched off, so they belong to the frame's keys; those with a name are the log's own. */
const isLetter = (key: string): boolean => key.split(' ').every((part) => part.length === 1);
export const letterActs = all.filter(([key]) => isLetter(key));
const named = new Map(all.filter(([key]) => !isLetter(key)));

/** The name of a key as the table has it. */
export function keyName(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>
): string | null {
  if (event.altKey) return null;
  const key = event.key === ' ' ? 'Space' : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl+${key.toUpperCase()}`;
  return key.length > 1 && event.shiftKey ? `Shift+${key}` : key;
}

export const actOf = (name: string): LogAct | undefined => named.get(name);

/** A key pressed here is text, or belongs to a dialog or a menu that is open. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest('input, textarea, select, dialog, [role="menu"], [role="listbox"], .cm-editor') !== null
  );
}
