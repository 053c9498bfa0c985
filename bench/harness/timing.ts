/** Milliseconds of each of `times` calls, one after the other. */
export async function each(times: number, act: () => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = []
  for (let call = 0; call < times; call += 1) took.push(await once(act))
  return took
}

/** Calls per second while `lanes` of them go on at once, each lane `times` after the other. */
export async function perSecond(
  lanes: number,
  times: number,
  act: (lane: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const lane = async (at: number) => {
    for (let call = 0; call < times; call += 1) await act(at)
  }
  const took = await once(() => Promise.all(Array.from({ length: lanes }, (_, at) => lane(at))))
  return [(lanes * times * 1_000) / took]
}

/** Milliseconds of one call. */
export async function once(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}
