import ts from "typescript";

/** A text that an error is made with, where it stands in its file. */
export interface MessageText {
  readonly start: number;
  readonly end: number;
  /** The text as a reader meets it, with `{name}` for what is put in. */
  readonly text: string;
  /** The expressions that are put in, as they are written. */
  readonly inserted: readonly string[];
  /** Whether it is a part of other texts, and no message of its own. */
  readonly isPart: boolean;
}

/** Errors about what a program passed. Their texts are for whoever writes the program; all others say what happened. */
const shortened = /^(ConfigurationError|InvalidRequestError)$/;

/** The texts of the errors that the file makes, in their order. */
export function messageTextsOf(source: string, path: string): MessageText[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: MessageText[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && shortened.test(node.expression.getText())) {
      for (const argument of node.arguments?.slice(0, 1) ?? []) collect(argument, false);
    }
    // A function of this name says what is wrong with a value, for the messages of its file.
    if (ts.isReturnStatement(node) && node.expression !== undefined && functionOf(node) === "problemOf")
      collect(node.expression, true);
    ts.forEachChild(node, visit);
  };
  const collect = (node: ts.Expression, isPart: boolean): void => {
    if (ts.isConditionalExpression(node)) {
      collect(node.whenTrue, isPart);
      collect(node.whenFalse, isPart);
    }
    const parts = partsOf(node);
    if (parts === undefined) return;
    const inserted = parts.filter((part) => typeof part !== "string");
    found.push({
      start: node.getStart(),
      end: node.end,
      text: parts.map((part) => (typeof part === "string" ? part : `{${nameOf(part)}}`)).join(""),
      inserted: inserted.map((part) => part.getText()),
      isPart,
    });
  };
  visit(file);
  return found;
}

function functionOf(node: ts.Node): string | undefined {
  const owner = ts.findAncestor(node, ts.isFunctionLike);
  return owner?.name?.getText();
}

/** The pieces of a string or template, or of several that are put together. Undefined for any other expression. */
function partsOf(node: ts.Expression): (string | ts.Expression)[] | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [
      node.head.text,
      ...node.templateSpans.flatMap(({ expression, literal }) => [expression, literal.text]),
    ];
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [partsOf(node.left), partsOf(node.right)];
  return left && right && [...left, ...right];
}

/** What to call an expression in a text: `name` for `JSON.stringify(name)`. */
function nameOf(node: ts.Expression): string {
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    return first !== undefined ? nameOf(first) : nameOf(node.expression);
  }
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isIdentifier(node) ? node.text : "…";
}
