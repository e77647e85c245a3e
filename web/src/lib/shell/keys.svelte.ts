// Keys of one letter, and of two in a row ("g h"). They never fire while somebody types, nor below an open dialog.

import { untrack } from 'svelte';

export interface Shortcut {
  /** What the key does, for the list of shortcuts. */
  label: string;
  run: () => void;
}
export type Shortcuts = Record<string, Shortcut>;

/** Between the two keys of a pair. */
const pairWithinMs = 1500;
const switchedOffKey = 'shortcuts';

class Keys {
  /** The newest is asked first, so that a page wins over the frame. */
  groups: { title: string; shortcuts: Shortcuts }[] = $state.raw([]);
  enabled = $state(readEnabled());
  #first = '';
  #firstAt = 0;

  /** For an $effect of the part that has them: what it returns takes them away again. */
  add(title: string, shortcuts: Shortcuts): () => void {
    const group = { title, shortcuts };
    // The effect that adds it must not run again because of it.
    untrack(() => (this.groups = [group, ...this.groups]));
    return () => untrack(() => (this.groups = this.groups.filter((other) => other !== group)));
  }

  setEnabled(enabled: boolean) {
    this.enabled = enabled;
    try {
      if (enabled) localStorage.removeItem(switchedOffKey);
      else localStorage.setItem(switchedOffKey, 'off');
    } catch {
      // Without storage the choice holds as long as the page.
    }
  }

  handle(event: KeyboardEvent) {
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const pair = event.timeStamp - this.#firstAt < pairWithinMs ? `${this.#first} ${event.key}` : '';
    const found = (pair && this.#find(pair)) || this.#find(event.key);
    this.#first = event.key;
    this.#firstAt = event.timeStamp;
    if (!found) return;
    this.#first = '';
    event.preventDefault();
    found.run();
  }

  #find(keys: string): Shortcut | undefined {
    return this.groups.find(({ shortcuts }) => Object.hasOwn(shortcuts, keys))?.shortcuts[keys];
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="menu"], .cm-editor') !== null)
  );
}

function readEnabled(): boolean {
  try {
    return localStorage.getItem(switchedOffKey) !== 'off';
  } catch {
    return true;
  }
}

export const keys = new Keys();
