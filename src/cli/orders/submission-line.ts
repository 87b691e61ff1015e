/** What is wrong with a line of a file of orders. It holds no value of the file, but for names of fields. */
export interface Problem {
  /** Which field, such as `customer.address.zipCode`. Empty for the line as a whole. */
  readonly field: string;
  readonly problem: string;
}

/** A line of a file of orders, or several of them where a cell of a CSV holds line breaks. */
export interface SubmissionLine {
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly reference: unknown;
  readonly order: unknown;
  /** What kept it from being read as it was meant. */
  readonly problems: readonly Problem[];
}
