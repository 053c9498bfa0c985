import { execFile } from 'node:child_process'

interface Options {
  /** The program and what comes before its flags. */
  readonly program?: readonly [string, ...string[]]
  /** For a reload; to read a long configuration is given more. */
  readonly timeoutMs?: number
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
}

/** Every name in it is looked up. */
const longestTest = 60_000

/** `isKilled`: it did not end in time, and what became of it is unknown. */
export interface Ended {
  readonly code: number
  readonly says: string
  readonly isKilled: boolean
}

export type NginxProgram = ReturnType<typeof nginxProgram>

/** nginx's own program, without a shell: it tests what is written, and tells the running one to load it. */
export function nginxProgram({
  program = ['nginx'],
  timeoutMs = 15_000,
  beforeChange,
}: Options = {}) {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
  const run = (
    sudo: boolean,
    args: readonly string[],
    options: { readonly timeout: number; readonly signal?: AbortSignal },
  ): Promise<Ended> => {
    const [file, ...before] = sudo ? (['sudo', '-n', ...program] as const) : program
    const { signal } = options
    return new Promise((resolve, reject) => {
      // Who is root by sudo does not hear it; nor is it waited for then.
      signal?.addEventListener('abort', () => reject(brokenOff(signal)), { once: true })
      if (signal?.aborted) return reject(brokenOff(signal))
      execFile(file, [...before, ...args], { env, ...options }, (error, _out, err) => {
        if (!error) return resolve({ code: 0, says: wordsOf(err), isKilled: false })
        const code = typeof error.code === 'number' ? error.code : 127
        const isKilled = error.killed === true
        resolve({ code, isKilled, says: wordsOf(err) || error.message })
      })
    })
  }
  return {
    /** Throws when this process may not change anything any more. For what is changed beside the program: the file. */
    expectMayChange: (): void => beforeChange?.(),
    /** Reads the whole configuration as a reload would, names resolved; changes nothing, and is waited for no longer than the signal says. */
    test: (sudo: boolean, signal: AbortSignal): Promise<Ended> =>
      run(sudo, ['-t', '-q'], { timeout: longestTest, signal }),
    /** Sent, not done: the running nginx may still refuse it and says so in its log only. */
    async reload(sudo: boolean): Promise<Ended> {
      beforeChange?.()
      return run(sudo, ['-s', 'reload'], { timeout: timeoutMs })
    },
  }
}

const brokenOff = (signal: AbortSignal): Error =>
  new Error('nginx’s test is no longer waited for', { cause: signal.reason })

/** What is wrong, without the line that sums up. */
const wordsOf = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^.*?\[(emerg|alert|error)\] (\d+#\d+: )?/, '').trim())
    .find((line) => line !== '' && !/test (failed|is successful)|syntax is ok/.test(line)) ?? ''
