// The editor is offered only where it exists.
export const editorThere = false;
