import type { PretendPrograms } from '#sandbox/database/programs.ts'
import { exampleUsers } from '#sandbox/slack/people.ts'
import { shopColours } from './colours.ts'
import { canary, shopIn, signals } from './config-parts.ts'
import { shopOnDatabase } from './database.ts'
import { shopOnDocker } from './docker.ts'
import { shopByCodeDeploy } from './code-deploy.ts'
import { shopOnEcs } from './ecs.ts'
import { shopRegions } from './regions.ts'
import { shopFlag } from './flags.ts'

export interface Addresses {
  /** A kubeconfig file that points at the pretend cluster. */
  readonly kubeconfig: string
  readonly prometheus: string
  /** Where the shop's services answer health checks. */
  readonly shop: string
}

/** The configuration somebody would write for the example shop. */
export const shopConfig = ({ kubeconfig, prometheus, shop }: Addresses): string => `
organisation: Example Shop
timezone: UTC
slack:
  incidentChannels: create
  announceIn: "#incidents"
roles:
  on-call-engineer:    { slackUserGroup: checkout-oncall }
  team-lead:           { members: [${idOf('teamLead')}] }
  engineering-manager: { members: [${idOf('manager')}] }
  vp-engineering:      { members: [${idOf('vp')}] }
  executives:          { members: [${idOf('ceo')}] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)}, freeze: true }
metrics:
  prometheus: { url: ${JSON.stringify(prometheus)} }
changeWindows:
  timezone: Europe/Berlin
  open: [{ days: [mon, tue, wed, thu, fri], from: "09:00", to: "16:00" }]
services:
  checkout:
    owner: Payments
    tier: critical
    channel: "#checkout"
    statusComponent: Checkout
    runbook: https://wiki.shop.example/runbooks/checkout
    dashboards: [{ title: Checkout overview, url: "https://grafana.shop.example/d/checkout" }]
    dependsOn: [payments]
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: checkout } }]
    health: ["${shop}/checkout/health"]
${signals('checkout')}
${canary('checkout')}
  payments:
    owner: Payments
    tier: critical
    channel: "#checkout"
    statusComponent: Payments
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: payments } }]
    health: ["${shop}/payments/health"]
    approval: { twoPerson: true }
${signals('payments')}
  cart:
    owner: Storefront
    statusComponent: Basket
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: cart } }]
    health: ["${shop}/cart/health"]
${signals('cart')}
  catalog-db:
    owner: Storefront
    statusComponent: Search
    targets: [{ kubernetes: { cluster: prod, namespace: production, statefulSet: catalog-db } }]
  edge-agent:
    owner: Platform
    statusComponent: Website
    targets: [{ kubernetes: { cluster: prod, namespace: production, daemonSet: edge-agent } }]
`

/** Where people play, the basket is rolled back by itself; the scenarios of the tests say so where they want it. */
export const withAutomation = (yaml: string): string =>
  yaml.replace(
    '    statusComponent: Basket\n',
    '    statusComponent: Basket\n    automation: { mode: on }\n',
  )

/** Where people play, they see whom a pager would have called; the scenarios of the tests say so where they want it. */
export const withPager = (yaml: string): string =>
  ['Checkout', 'Basket'].reduce(
    (text, component) =>
      text.replace(
        `    statusComponent: ${component}\n`,
        `    statusComponent: ${component}\n    pager: shop\n`,
      ),
    yaml.replace('services:\n', 'pagers:\n  shop: { pagerduty: {} }\nservices:\n'),
  )

/** Where people play, two services have canaries: one beside the others, one of Argo Rollouts; the scenarios of the tests say so where they want it. */
export const withCanaries = (yaml: string): string =>
  yaml
    .replace(
      'deployment: checkout }',
      'deployment: checkout, canary: { deployment: checkout-canary } }',
    )
    .concat(searchService(shopIn(yaml)))

/** Its ladder stands where its Rollout stops. */
const searchService = (shop: string): string => `  search:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Search
    targets: [{ kubernetes: { cluster: prod, namespace: production, rollout: search } }]
    health: ["${shop}/search/health"]
${signals('search')}
${canary('search')}
    promotion:
      ladder:
        - { at: 20, afterMinutes: 10, all: [error-rate], else: roll-back }
        - { at: 50, afterMinutes: 30, all: [error-rate], else: investigate, person: true }
`

/** Where people play, the requests of one service are divided by weights; the scenarios of the tests say so where they want it. */
export const withMesh = (yaml: string): string =>
  yaml
    .replace(
      'deployment: payments }',
      'deployment: payments, canary: { deployment: payments-canary }, traffic: { virtualService: payments, stable: { host: payments, subset: stable }, canary: { host: payments, subset: canary } } }',
    )
    .replace(`${signals('payments')}\n`, `${signals('payments')}\n${canary('payments')}\n`)

/** Where people play, one service goes by blue and green; the scenarios of the tests say so where they want it. */
export const withColours = (yaml: string): string => yaml.concat(vouchers(shopIn(yaml)))

const vouchers = (shop: string): string => `  ${shopColours.service}:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Vouchers
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: ${shopColours.blue}, blueGreen: { service: ${shopColours.service}, deployment: ${shopColours.green} } } }]
    health: ["${shop}/${shopColours.service}/health"]
${signals(shopColours.service)}
`

/** Where people play, the next versions of two services bring a flag along; the scenarios of the tests say so where they want it. */
export const withFlags = (yaml: string, unleash: string): string =>
  Object.entries(shopFlag).reduce(
    (text, [service, key]) =>
      text.replace(
        `    health: ["${shopIn(yaml)}/${service}/health"]\n`,
        (line) => `${line}    flags: [{ provider: shop, key: ${key}, environment: production }]\n`,
      ),
    yaml.replace(
      'metrics:\n',
      `flags:\n  shop: { unleash: { url: ${JSON.stringify(unleash)} } }\nmetrics:\n`,
    ),
  )

/** Where people play, Flagger rolls one service out; the scenarios of the tests say so where they want it. */
export const withFlagger = (yaml: string): string => yaml.concat(ordersService(shopIn(yaml)))

/** Its ladder stands where its Canary stops. */
const ordersService = (shop: string): string => `  orders:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Orders
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: orders } }]
    health: ["${shop}/orders/health"]
${signals('orders')}
${canary('orders')}
    promotion:
      ladder:
        - { at: 10, afterMinutes: 10, all: [error-rate], else: roll-back }
        - { at: 50, afterMinutes: 30, all: [error-rate], else: investigate }
`

/** Where people play, Argo CD brings one service from Git and Flux another; the scenarios of the tests say so where they want it. */
export const withGitOps = (yaml: string): string =>
  ['reviews', 'mail'].reduce((text, name) => text.concat(serviceInGit(name, shopIn(yaml))), yaml)

const serviceInGit = (name: string, shop: string): string => `  ${name}:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Website
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: ${name} } }]
    health: ["${shop}/${name}/health"]
${signals(name)}
`

/** Where people play, one service runs on Amazon ECS; the scenarios of the tests say so where they want it. */
export const withEcs = (yaml: string): string => yaml.concat(recommendations(shopIn(yaml)))

const recommendations = (shop: string): string => `  recommendations:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Recommendations
    targets: [{ ecs: { cluster: ${shopOnEcs.cluster}, service: ${shopOnEcs.service}, region: ${shopOnEcs.region} } }]
    health: ["${shop}/recommendations/health"]
${signals('recommendations')}
`

/** Where people play, CodeDeploy deploys another one; the scenarios of the tests say so where they want it. */
export const withCodeDeploy = (yaml: string): string => yaml.concat(invoices(shopIn(yaml)))

const invoices = (shop: string): string => `  ${shopByCodeDeploy.service}:
    owner: Payments
    channel: "#checkout"
    statusComponent: Website
    targets:
      - ecs:
          cluster: ${shopByCodeDeploy.cluster}
          service: ${shopByCodeDeploy.service}
          region: ${shopByCodeDeploy.region}
          codeDeploy: { application: ${shopByCodeDeploy.application}, group: ${shopByCodeDeploy.group} }
    health: ["${shop}/invoices/health"]
${signals('invoices')}
`

/** Where people play, one service is in two regions of Azure; the scenarios of the tests say so where they want it. */
export const withRegions = (yaml: string): string => yaml.concat(storefront(shopIn(yaml)))

/** Who is on call there is its own: regional failover is for the on-call SRE. */
const storefront = (shop: string): string => `  ${shopRegions.service}:
    owner: Platform
    tier: critical
    channel: "#checkout"
    statusComponent: Website
    roles:
      on-call-engineer: { slackUserGroup: checkout-oncall }
    targets:
      - region:
          provider: azure
          subscription: ${shopRegions.subscription}
          trafficManager: { resourceGroup: ${shopRegions.resourceGroup}, profile: ${shopRegions.profile} }
          cosmos: { resourceGroup: ${shopRegions.resourceGroup}, account: ${shopRegions.account} }
          regions:
            westeurope: { endpoint: shop-westeurope }
            northeurope: { endpoint: shop-northeurope }
    health: ["${shop}/${shopRegions.service}/health"]
${signals(shopRegions.service)}
`

/** Where people play, one service runs on Docker; the scenarios of the tests say so where they want it. */
export const withDocker = (yaml: string, docker: string, directory: string): string =>
  yaml
    .replace(
      'metrics:\n',
      `docker:\n  ${shopOnDocker.docker}: { url: ${JSON.stringify(docker)} }\nmetrics:\n`,
    )
    .concat(wishlist(shopIn(yaml), directory))

const wishlist = (shop: string, directory: string): string => `  wishlist:
    owner: Storefront
    channel: "#checkout"
    statusComponent: Wish list
    targets: [{ compose: { docker: ${shopOnDocker.docker}, project: ${shopOnDocker.project}, service: ${shopOnDocker.service}, directory: ${JSON.stringify(directory)} } }]
    health: ["${shop}/wishlist/health"]
${signals('wishlist')}
`

/** Where people play, one service works on a schema of its own; the scenarios of the tests say so where they want it. */
export const withDatabase = (yaml: string, programs: PretendPrograms): string =>
  yaml
    .replace(
      '    dependsOn: [payments]\n',
      `    dependsOn: [payments, ${shopOnDatabase.service}]\n    schema: { database: ${shopOnDatabase.service} }\n`,
    )
    .concat(checkoutSchema(shopIn(yaml), programs))

const checkoutSchema = (
  shop: string,
  { migrate, folder }: PretendPrograms,
): string => `  ${shopOnDatabase.service}:
    owner: Payments
    channel: "#checkout"
    statusComponent: Checkout
    targets:
      - database:
          connection: ${shopOnDatabase.connection}
          command: ${JSON.stringify({
            list: [migrate, 'list'],
            version: [migrate, 'version'],
            down: [migrate, 'down', '{to}'],
            up: [migrate, 'up', '{to}'],
          })}
          backups: /var/backups/shop
          programs: ${JSON.stringify(folder)}
    health: ["${shop}/checkout/health"]
${signals('checkout')}
`

const idOf = (role: (typeof exampleUsers)[number]['role']): string =>
  exampleUsers.find((user) => user.role === role)?.id ?? role
