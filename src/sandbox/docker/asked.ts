import { z } from 'zod'
import type { Declared, State } from './state.ts'

export const composeVersion = '2.26.1'

/** What the program was started with, and where. */
export const Asked = z.strictObject({
  args: z.array(z.string()),
  stdin: z.string(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
})
export type Asked = z.infer<typeof Asked>

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const Override = z.strictObject({
  services: z.record(
    z.string(),
    z.strictObject({
      image: z.string(),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

export interface Around {
  readonly state: State
  readonly now: () => Date
  /** Something was replaced. */
  readonly changed: () => void
}

export const ended = (code: number, stdout: string, stderr = ''): Ended => ({
  code,
  stdout,
  stderr,
})
export const failed = (stderr: string, code = 1): Ended => ended(code, '', `${stderr}\n`)

export type Overrides = z.infer<typeof Override>['services']

export const merged = (declared: Declared, override: Overrides[string] | undefined) => ({
  image: override?.image ?? declared.image,
  labels: override?.labels ?? {},
  settings: declared.settings,
})
