// CodeMirror, set up for a pipeline file. It lives in a shadow root: there its styles are adopted style sheets, which the
// content security policy lets through; in the page itself they would be style elements, which it does not.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type CompletionResult
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect, StateField, type Extension, type Range } from '@codemirror/state';
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  WidgetType,
  type DecorationSet
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { findingText, fixOf, type Finding } from './plan';
import { choicesAt, placeAt, type Schema } from './schema';

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--fg)', backgroundColor: 'var(--log-bg)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: 'var(--type-code)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '12px 0', caretColor: 'var(--fg)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-gutters': { backgroundColor: 'var(--log-bg)', color: 'var(--fg-subtle)', border: 'none', paddingLeft: '8px' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in oklab, var(--raised) 60%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--fg)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)'
  },
  '.cm-tooltip': {
    border: '1px solid var(--border-2)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--overlay)',
    color: 'var(--fg)',
    boxShadow: 'var(--shadow)'
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { font: 'var(--type-code)', maxHeight: '240px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '20px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--raised-2)', color: 'var(--fg)' },
  '.cm-completionDetail': {
    font: 'var(--type-caption)',
    color: 'var(--fg-muted)',
    fontStyle: 'normal',
    marginLeft: '12px'
  },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--fg)' },
  '.cm-error': {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: '4px 12px',
    maxWidth: '720px',
    padding: '6px 12px',
    border: '1px solid var(--failed)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--surface)',
    font: 'var(--type-dense)',
    whiteSpace: 'normal'
  },
  // Margins would not be counted by the one who places the numbers of the lines.
  '.cm-finding': { padding: '4px 16px 6px 8px' },
  '.cm-error.cm-warning': { borderColor: 'var(--warning)' },
  '.cm-error span': { flex: '1 1 240px', overflowWrap: 'anywhere' },
  '.cm-error button': {
    minHeight: '28px',
    padding: '0 10px',
    border: '1px solid var(--border-strong)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--surface)',
    color: 'var(--fg)',
    font: '500 13px/20px var(--font)',
    cursor: 'pointer'
  },
  '.cm-error button:focus-visible': { outline: '2px solid var(--focus)', outlineOffset: '2px' },
  '.cm-wrong': { backgroundColor: 'color-mix(in oklab, var(--failed) 12%, transparent)' }
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ansi-blue)' },
  { tag: [tags.string, tags.special(tags.string), tags.attributeValue], color: 'var(--ansi-green)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--ansi-magenta)' },
  { tag: tags.comment, color: 'var(--fg-muted)' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'var(--ansi-cyan)' }
]);

/** What is wrong, under its line; with a button when the server knows what was meant. */
class ErrorWidget extends WidgetType {
  readonly #finding: Finding;
  readonly #warning: boolean;
  constructor(finding: Finding, warning: boolean) {
    super();
    this.#finding = finding;
    this.#warning = warning;
  }
  override eq(other: ErrorWidget): boolean {
    return JSON.stringify(other.#finding) === JSON.stringify(this.#finding) && other.#warning === this.#warning;
  }
  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('div');
    box.className = this.#warning ? 'cm-error cm-warning' : 'cm-error';
    const text = document.createElement('span');
    text.textContent = findingText(this.#finding);
    box.append(text);
    const fix = fixOf(this.#finding);
    if (fix !== undefined) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = `Replace with ${fix}`;
      button.addEventListener('click', () => applyFix(view, this.#finding, fix));
      box.append(button);
    }
    const around = document.createElement('div');
    around.className = 'cm-finding';
    around.append(box);
    return around;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** The word that a finding points at. */
function wordAt(state: EditorState, finding: Finding): { from: number; to: number } {
  const line = state.doc.line(Math.max(1, Math.min(finding.line, state.doc.lines)));
  const from = Math.min(line.from + Math.max(0, finding.column - 1), line.to);
  const word = /^[^\s:,[\]{}]+/.exec(state.sliceDoc(from, line.to))?.[0] ?? '';
  return { from, to: from + word.length };
}

function applyFix(view: EditorView, finding: Finding, fix: string) {
  const { from, to } = wordAt(view.state, finding);
  view.dispatch({ changes: { from, to, insert: fix }, selection: { anchor: from + fix.length } });
  view.focus();
}

export interface Findings {
  errors: readonly Finding[];
  warnings: readonly Finding[];
}

const setFindings = StateEffect.define<Findings>();
const findings = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let next = decorations.map(transaction.changes);
    for (const effect of transaction.effects)
      if (effect.is(setFindings)) next = decorate(transaction.state, effect.value);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field)
});

function decorate(state: EditorState, { errors, warnings }: Findings): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const add = (finding: Finding, warning: boolean) => {
    const line = state.doc.line(Math.max(1, Math.min(finding.line, state.doc.lines)));
    if (!warning) ranges.push(Decoration.line({ class: 'cm-wrong' }).range(line.from));
    ranges.push(Decoration.widget({ widget: new ErrorWidget(finding, warning), block: true, side: 1 }).range(line.to));
  };
  for (const finding of errors) add(finding, false);
  for (const finding of warnings) add(finding, true);
  return Decoration.set(ranges, true);
}

export interface Code {
  text(): string;
  show(found: Findings): void;
  go(line: number, column?: number): void;
  replace(text: string): void;
  destroy(): void;
}

export function mountCode(
  host: HTMLElement,
  text: string,
  schema: () => Schema | undefined,
  changed: (text: string) => void
): Code {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const complete = (context: { pos: number; explicit: boolean; state: EditorState }): CompletionResult | null => {
    const known = schema();
    const place = known && placeAt(context.state.doc.toString(), context.pos);
    if (!known || !place) return null;
    if (place.from === context.pos && !context.explicit && place.kind === 'key') return null;
    const options = choicesAt(known, place).map(({ label, detail, insert }) => ({ label, detail, apply: insert }));
    return options.length > 0 ? { from: place.from, options, validFor: /^[\w-]*$/ } : null;
  };
  const extensions: Extension[] = [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    closeBrackets(),
    indentUnit.of('  '),
    yaml(),
    syntaxHighlighting(colours),
    autocompletion({ override: [complete] }),
    findings,
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
      indentWithTab
    ]),
    look,
    EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': 'Pipeline file', 'aria-multiline': 'true' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    })
  ];
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions }) });
  return {
    text: () => view.state.doc.toString(),
    show(found) {
      const diagnostics: Diagnostic[] = [
        ...found.errors.map((finding) => ({
          ...wordAt(view.state, finding),
          severity: 'error' as const,
          message: findingText(finding)
        })),
        ...found.warnings.map((finding) => ({
          ...wordAt(view.state, finding),
          severity: 'warning' as const,
          message: findingText(finding)
        }))
      ];
      view.dispatch(setDiagnostics(view.state, diagnostics), { effects: setFindings.of(found) });
    },
    go(line, column = 1) {
      const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      const anchor = Math.min(at.from + column - 1, at.to);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
    replace(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    destroy: () => view.destroy()
  };
}
