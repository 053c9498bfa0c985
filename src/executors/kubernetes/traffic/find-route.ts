import { Undivided } from './division.ts'

interface Sending<Arm> {
  readonly name?: string | undefined
  readonly arms: readonly Arm[]
  /** Why its weights decide nothing: `it redirects`. */
  readonly past?: string | undefined
}

/**
 * Where the route stands at present that divides between the two versions: the one of the configured name, else the only one
 * that knows both. Never by position, which a colleague's new route moves. Throws `Undivided` where none or several could be meant.
 */
export function findRoute<Arm extends 'stable' | 'canary' | undefined>(
  routes: readonly Sending<Arm>[],
  wanted: string | undefined,
  where: string,
): number {
  const meant = routes.flatMap(({ name, arms }, at) =>
    (
      wanted === undefined
        ? arms.includes('canary' as Arm) && arms.includes('stable' as Arm)
        : name === wanted
    )
      ? [at]
      : [],
  )
  const [only, ...more] = meant
  if (only === undefined)
    throw new Undivided(
      wanted === undefined
        ? `no route of ${where} sends to both versions`
        : `${where} has no route named ${wanted}`,
    )
  if (more.length > 0)
    throw new Undivided(
      wanted === undefined
        ? `${meant.length} routes of ${where} send to both versions, and the configuration names none of them`
        : `${meant.length} routes of ${where} are named ${wanted}`,
    )
  const { arms = [], past } = routes[only] ?? {}
  if (past !== undefined)
    throw new Undivided(`${routeText(routes[only], where)} ${past}: its weights decide nothing`)
  for (const arm of ['stable', 'canary'] as const) {
    const count = arms.filter((one) => one === arm).length
    if (count !== 1)
      throw new Undivided(
        `${routeText(routes[only], where)} names the ${arm} version ${count === 0 ? 'nowhere' : `${count} times`}`,
      )
  }
  return only
}

export const routeText = (
  route: Pick<Sending<undefined>, 'name'> | undefined,
  where: string,
): string =>
  route?.name === undefined ? `the route of ${where}` : `route ${route.name} of ${where}`
