import { nearest } from './nearest.ts'
import type { Service } from './service.ts'

/** The services people can name. */
export type Catalogue = ReadonlyMap<string, Service>

/** Words that follow the command of their own: a service of that name could not be named there. */
export const commandWords = [
  'status',
  'history',
  'note',
  'correct',
  'severity',
  'since',
  'postmortem',
  'automation',
  'policy',
  'help',
] as const
export const isCommandWord = (name: string): boolean => commandWords.some((word) => word === name)

/** Up to three services whose names look like `typed`, closest first. */
export const nearestNames = (catalogue: Catalogue, typed: string): readonly string[] =>
  nearest(catalogue.keys(), typed)
