import type { Stage } from './scenario.ts'

/** What the pipeline's log says, or that it went through. */
export async function pipelineDeploys(play: Stage, image = 'shop/checkout:2.3.1'): Promise<string> {
  const [, service = ''] = /^shop\/([^:]+)/.exec(image) ?? []
  let said = 'it goes through'
  await play.meanwhile(`the pipeline deploys ${image}`, () => {
    try {
      play.world.cluster.setImage('Deployment', 'production', service, image)
    } catch (error) {
      said = error instanceof Error ? error.message : String(error)
    }
  })
  play.remarks(said)
  return said
}
