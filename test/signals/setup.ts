import { realBinaries } from './binaries.ts'

/** Once, before the files of the lane begin side by side. */
export function setup(): void {
  realBinaries((line) => console.log(line))
}
