// Short news at the edge of the page: what was done, and how to take it back.

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'failed' | 'info';
  action?: { label: string; act: () => void };
}

/** A message with something to do stays as long as an undo should be possible. */
const shownMs = 5000;
const shownWithActionMs = 8000;
const toastsMax = 4;

class Toasts {
  list: Toast[] = $state([]);
  #next = 1;

  show(text: string, options: Partial<Pick<Toast, 'kind' | 'action'>> = {}): number {
    const toast: Toast = { id: this.#next++, text, kind: options.kind ?? 'done', action: options.action };
    this.list = [...this.list.slice(1 - toastsMax), toast];
    // What went wrong is not taken away before it is read.
    if (toast.kind !== 'failed') {
      setTimeout(() => this.close(toast.id), toast.action ? shownWithActionMs : shownMs);
    }
    return toast.id;
  }

  close(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
