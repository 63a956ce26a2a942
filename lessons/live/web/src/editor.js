// The editor of one cell: CodeMirror, with what the kernel knows for completion and for help.

import { autocompletion, acceptCompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, insertTab } from "@codemirror/commands";
import { go } from "@codemirror/lang-go";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, showTooltip, tooltips } from "@codemirror/view";
import { StateEffect, StateField } from "@codemirror/state";
import { tags } from "@lezer/highlight";

// The colours are the page's, so that code looks alike whether it can be edited or not.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.typeName, tags.className, tags.standard(tags.variableName), tags.bool, tags.null], color: "var(--code-type)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.function(tags.variableName))], color: "var(--code-name)" },
  { tag: [tags.string, tags.character, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
]);

const setHelp = StateEffect.define();

// help is what Shift+Tab shows, until something else happens.
const help = StateField.define({
  create: () => null,
  update(value, tr) {
    for (const e of tr.effects) if (e.is(setHelp)) return e.value;
    return tr.docChanged || tr.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

// newEditor returns the view; one that is locked can be read and run. The hooks are run(then) with then "next" or "stay", leave(step) for a neighbour, changed(text), focused(),
// and complete(code, position) and inspect(code, position), which ask the kernel; positions count UTF-16 units.
export function newEditor(text, label, lock, hooks) {
  return new EditorView({
    state: EditorState.create({
      doc: text,
      extensions: [
        history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), go(), syntaxHighlighting(colours), help, tooltips({ position: "absolute" }),
        indentUnit.of("\t"), EditorState.tabSize.of(4), EditorView.lineWrapping,
        autocompletion({ override: [(context) => completions(context, hooks)], activateOnTyping: true, icons: false }),
        EditorState.readOnly.of(lock),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": String(lock), spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((u) => {
          if (u.docChanged) hooks.changed(u.state.doc.toString());
          if (u.focusChanged && u.view.hasFocus) hooks.focused();
        }),
        Prec.highest(keymap.of(keys(hooks))),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
      ],
    }),
  });
}

// Tab completes behind a name and indents elsewhere. Escape lets the focus go, so that the keyboard is not caught.
function keys(hooks) {
  return [
    { key: "Shift-Enter", run: () => (hooks.run("next"), true) },
    { key: "Mod-Enter", run: () => (hooks.run("stay"), true) },
    { key: "Tab", run: tab },
    { key: "Shift-Tab", run: (view) => inspectOrOutdent(view, hooks) },
    { key: "Escape", run: escape },
  ];
}

function tab(view) {
  if (completionStatus(view.state) === "active") return acceptCompletion(view);
  const { from, to, head } = view.state.selection.main;
  if (from !== to) return indentMore(view);
  if (/[\w.]$/.test(view.state.sliceDoc(Math.max(0, head - 1), head))) return startCompletion(view);
  return insertTab(view);
}

function inspectOrOutdent(view, hooks) {
  const { from, to, head } = view.state.selection.main;
  const before = view.state.doc.lineAt(head).text.slice(0, head - view.state.doc.lineAt(head).from);
  if (from !== to || !before.trim()) return indentLess(view);
  closeCompletion(view);
  hooks.inspect(view.state.doc.toString(), head).then((text) => {
    if (!text) return;
    const tooltip = { pos: head, above: true, create: () => ({ dom: helpBox(text) }) };
    view.dispatch({ effects: setHelp.of(tooltip) });
  });
  return true;
}

function helpBox(text) {
  const pre = document.createElement("pre");
  pre.className = "help";
  pre.setAttribute("role", "status");
  pre.textContent = text;
  return pre;
}

function escape(view) {
  if (completionStatus(view.state)) return false;
  if (view.state.field(help)) {
    view.dispatch({ effects: setHelp.of(null) });
    return true;
  }
  view.contentDOM.blur();
  view.dom.closest("section").querySelector("button.run").focus();
  return true;
}

async function completions(context, hooks) {
  if (!context.explicit && !context.matchBefore(/\.\w*$/)) return null;
  const found = await hooks.complete(context.state.doc.toString(), context.pos);
  if (!found || !found.options.length) return null;
  return { ...found, validFor: /^\w*$/ };
}
