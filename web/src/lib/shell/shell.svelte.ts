// What pages tell the frame around them.

class ShellState {
  /** The log and the editor want the whole width: the sidebar is a rail beside them. */
  rail = $state(false);
  /** Opens the command palette; without one there is no button for it. */
  openPalette: (() => void) | undefined = $state.raw();
}

export const shell = new ShellState();
