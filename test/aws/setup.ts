import { installMoto } from './moto.ts'

/** Once, before the files of the lane begin side by side. */
export function setup(): void {
  installMoto((line) => console.log(line))
}
