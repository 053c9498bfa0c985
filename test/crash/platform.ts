/** Where services run that no cluster has, as stories need it. */
export interface Platform {
  /** As the configuration finds it there. */
  targetOf(name: string): string
  /** It has run for long, and `bad` has come out two minutes ago. */
  ships(name: string, bad?: string): void
  /** Its next version came out, and waits for people. */
  tries?(name: string): void
  /** Whether it does by now. */
  isWaiting?(name: string): boolean
  /** After blue has served for long, the next version comes out in green, and takes its turn. */
  turnsGreen?(name: string): void
  /** Somebody else ships something meanwhile. */
  deploys?(name: string, tag: string): void
  /** What ran before is there no more as it was. */
  forgets?(name: string): void
  /** What came out and was not there is there from now on. */
  isPushed?(name: string): void
  /** The image that serves, or what stands for it. */
  runs(name: string): string | undefined | Promise<string>
  /** What of it is not as it must be in the end, whatever was cut off on the way: each change was made once, and taken back once if it was. */
  wrong(name: string, isTakenBack?: boolean): readonly string[] | Promise<readonly string[]>
  onChange(changed: () => void): () => void
  close(): Promise<void>
}

export const imageOf = (name: string, version: string): string => `shop/${name}:${version}`
export const day = 24 * 60 * 60 * 1_000
