import type { Path } from './document.ts'

/** What is wrong, and where in the file. */
export interface Finding {
  readonly path: Path
  readonly text: string
}
