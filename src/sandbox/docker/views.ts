import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import { conditionOf, type Container, type Image } from './state.ts'

/** In a list the labels stand in the image itself. */
export const listedImageView = (image: Image) => {
  const { Config, ...listed } = imageView(image)
  return { ...listed, Labels: Config.Labels }
}

/** As the Engine API answers, with the fields that are read and a few beside them. */
export const imageView = ({ id, tags, labels }: Image) => ({
  Id: id,
  RepoTags: [...tags],
  RepoDigests: [],
  ParentId: '',
  Size: 1_982_284,
  Config: { Labels: labels },
})

export const listView = ({
  id,
  reference,
  image,
  labels,
  project,
  service,
  number,
}: Container) => ({
  Id: id,
  Names: [`/${project}-${service}-${number}`],
  Image: reference,
  ImageID: image.id,
  Labels: labels,
})

/** Docker starts one that ends again, and waits longer each time. */
const againMs = 10_000

export function containerView(
  container: Container,
  behaviour: Behaviour,
  startMs: number,
  now: Date,
) {
  const { id, project, service, number, image, reference, labels, created, stopped } = container
  const { status, health, code } = conditionOf(container, behaviour, startMs)
  const words = behaviour.lastWords ?? []
  return {
    Id: id,
    Name: `/${project}-${service}-${number}`,
    Created: created.toISOString().replace('Z', '000000Z'),
    Image: image.id,
    RestartCount:
      container.restarted +
      (status === 'restarting' ? 2 + Math.floor((now.getTime() - created.getTime()) / againMs) : 0),
    State: {
      Status: status,
      Running: status === 'running' || status === 'restarting',
      Restarting: status === 'restarting',
      OOMKilled: false,
      ExitCode: stopped?.code ?? code,
      Error: stopped?.neverStarted ?? '',
      StartedAt: container.started.toISOString(),
      FinishedAt: '0001-01-01T00:00:00Z',
      ...(container.hasHealthCheck
        ? {
            Health: {
              Status: health,
              FailingStreak: health === 'unhealthy' ? 3 : 0,
              Log: [{ ExitCode: health === 'healthy' ? 0 : 1, Output: words.join('\n') }],
            },
          }
        : {}),
    },
    Mounts:
      container.volume === undefined
        ? []
        : [{ Type: 'volume', Name: id, Source: '/pretend', Destination: container.volume }],
    HostConfig: { RestartPolicy: { Name: container.restarts, MaximumRetryCount: 0 } },
    Config: { Image: reference, Labels: labels, Tty: false, Env: null },
  }
}

/** Both outputs in one stream, each piece behind eight bytes. */
export function logView({ logs = [], lastWords = [] }: Behaviour): Buffer {
  return Buffer.concat(
    [...logs.map((line) => [1, line] as const), ...lastWords.map((line) => [2, line] as const)].map(
      ([stream, line]) => {
        const text = Buffer.from(`${line}\n`)
        const head = Buffer.alloc(8)
        head.writeUInt8(stream, 0)
        head.writeUInt32BE(text.length, 4)
        return Buffer.concat([head, text])
      },
    ),
  )
}
