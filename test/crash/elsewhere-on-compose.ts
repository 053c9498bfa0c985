import type { PretendDocker } from '#sandbox/docker/index.ts'
import { day, imageOf, type Platform } from './platform.ts'

const app = 'app'

export const composeTarget = (project: string, service: string, folder: string): string =>
  `{ docker: crash, project: ${project}, service: ${service}, directory: ${JSON.stringify(folder)} }`

interface Around {
  readonly docker: PretendDocker
  readonly folder: string
  readonly now: () => Date
}

/** Each workload is a project of its own with one service. */
export function onCompose(names: readonly string[], { docker, folder, now }: Around): Platform {
  const deploys = (name: string, tag: string): void => {
    docker.build(imageOf(name, tag))
    docker.deploy(name, app, imageOf(name, tag), folder)
  }
  for (const name of names) {
    const image = imageOf(name, '1.0')
    docker.build(image)
    docker.declare(name, app, { image, settings: {}, hasHealthCheck: true })
  }
  return {
    targetOf: (name) => `compose: ${composeTarget(name, app, folder)}`,
    ships(name, bad) {
      docker.scale(name, app, 2, folder)
      docker.runsSince(name, app, new Date(now().getTime() - 20 * day))
      if (bad !== undefined) deploys(name, bad)
    },
    deploys,
    runs: (name) => [...docker.running(name, app).keys()].join(' and '),
    wrong: (name) =>
      [...docker.running(name, app).values()].join() === '2'
        ? []
        : ['Compose does not run two containers of one version'],
    onChange: docker.onChange,
    close: () => docker.close(),
  }
}
