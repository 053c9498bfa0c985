import { nearest } from './nearest.ts'
import type { Service } from './service.ts'

/** The services people can name. */
export type Catalogue = ReadonlyMap<string, Service>

/** Up to three services whose names look like `typed`, closest first. */
export const nearestNames = (catalogue: Catalogue, typed: string): readonly string[] =>
  nearest(catalogue.keys(), typed)
