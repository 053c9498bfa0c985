/** Who reads a text: people of the organisation, or customers (who know no product names and no jargon). */
export type Audience = 'internal' | 'customers'

export interface Template {
  readonly title: string
  readonly audience: Audience
  /** The status page's own word; null for texts that go elsewhere. */
  readonly status: string | null
  /** `{field}` is replaced by the fact of that name; nothing is ever evaluated. */
  readonly text: string
}

/** What a template may name. Each is a fact computed from the timeline (`facts.ts`). */
export const fields = [
  'action',
  'approved',
  'cause',
  'component',
  'completed',
  'customers',
  'data',
  'detected_by',
  'duration',
  'environment',
  'eta',
  'from',
  'impact',
  'incident',
  'issue',
  'next_step',
  'next_update',
  'now',
  'owner',
  'restored',
  'rollback_time',
  'security',
  'service',
  'severity',
  'started',
  'status',
  'symptom',
  'to',
  'watch_until',
] as const
export type Field = (typeof fields)[number]

/** Policy §10 in our own words. An organisation may replace any text in its configuration. */
export const defaultTemplates = {
  'incident-alert': {
    title: 'Incident alert',
    audience: 'internal',
    status: null,
    text: `{severity}: {service} in {environment} since {started}
Issue: {issue}
Impact: {impact}
Action: {action}
Expected: {eta}
Next update: {next_update}`,
  },
  'next-update': {
    title: 'Update',
    audience: 'internal',
    status: null,
    text: `{service}, {now}: {status}
Impact: {impact}
Action: {action}
Next update: {next_update}`,
  },
  'rollback-complete': {
    title: 'Rollback complete',
    audience: 'internal',
    status: null,
    text: `Issue: {issue}
Resolution: {service} was taken from {from} back to {to}, {rollback_time}
Status: {status}
Next: {next_step}`,
  },
  'rollback-notification': {
    title: 'Rollback notification',
    audience: 'internal',
    status: null,
    text: `Service: {service} ({environment}), owned by {owner}
Time: {completed}
Versions: {from} → {to}
Impact: {impact}; customers: {customers}; lasted {duration}; data loss: {data}; security: {security}
Preliminary cause: {cause}
Next: {next_step}
Record: {incident}`,
  },
  resolution: {
    title: 'Resolved',
    audience: 'internal',
    status: null,
    text: `{service} has been stable on {to} for the whole watch. It was disturbed from {started} until {restored} ({duration}).
Next: {next_step}`,
  },
  'stakeholder-mail': {
    title: 'Mail to stakeholders',
    audience: 'internal',
    status: null,
    text: `{component} has been disturbed since {started}. {symptom}
What we do: {action}
State at {now}: {status}
Known impact: {impact}. Data loss: {data}.
Next update: {next_update}`,
  },
  'executive-summary': {
    title: 'Executive summary',
    audience: 'internal',
    status: null,
    text: `{component}, {severity}, since {started}, lasting {duration}.
Impact: {impact}. Customers: {customers}. Data loss: {data}. Security: {security}.
Done: {action}
State: {status}. Next: {next_step}`,
  },
  'customer-mail': {
    title: 'Mail to customers',
    audience: 'customers',
    status: null,
    text: `Since {started} {component} has not worked as it should. {symptom}
We are sorry for the trouble. We are taking back the change that came before it, and we will write again when it works normally.`,
  },
  'social-media': {
    title: 'Social media',
    audience: 'customers',
    status: null,
    text: `{component}: {symptom} We are on it. Next update: {next_update}.`,
  },
  'status-investigating': {
    title: 'Status page: Investigating',
    audience: 'customers',
    status: 'Investigating',
    text: `{now} – {component}: {symptom} We are looking for the cause. Next update: {next_update}.`,
  },
  'status-identified': {
    title: 'Status page: Identified',
    audience: 'customers',
    status: 'Identified',
    text: `{now} – {component}: {symptom} It began with a recent change, which we are taking back now.`,
  },
  'status-monitoring': {
    title: 'Status page: Monitoring',
    audience: 'customers',
    status: 'Monitoring',
    text: `{now} – {component}: You may still notice slow or failed attempts for a short while. The change has been taken back, and we keep watching until {watch_until}.`,
  },
  'status-resolved': {
    title: 'Status page: Resolved',
    audience: 'customers',
    status: 'Resolved',
    text: `{now} – {component}: Everything has worked normally since {restored}. Between {started} and {restored} some attempts failed; nothing more is needed from you.`,
  },
} as const satisfies Record<string, Template>

export type TemplateName = keyof typeof defaultTemplates
export type Facts = Readonly<Record<Field, string>>
/** Texts of the organisation, by template name. */
export type Overrides = Readonly<Record<string, string>>

export const templateNames = Object.keys(defaultTemplates) as readonly TemplateName[]
export const isTemplateName = (name: string): name is TemplateName =>
  Object.hasOwn(defaultTemplates, name)

/** As people know a text; its own name for one that an earlier version had. */
export const templateTitle = (name: string): string =>
  isTemplateName(name) ? defaultTemplates[name].title : name

export function templateFor(name: TemplateName, overrides: Overrides): Template {
  const own = Object.hasOwn(overrides, name) ? overrides[name] : undefined
  return { ...defaultTemplates[name], ...(own === undefined ? {} : { text: own }) }
}

const placeholder = /\{([^{}]*)\}/g
const isField = (name: string): name is Field => fields.some((field) => field === name)

/** Puts the facts in, once: what a fact contains is not looked at again, and unknown names stay as they are. */
export const filled = (text: string, facts: Facts): string =>
  text.replace(placeholder, (whole, name: string) => (isField(name) ? facts[name] : whole))

/** Problems of configured texts, in sentences; empty when every one can be filled. */
export function templateProblems(overrides: Overrides): readonly string[] {
  return Object.entries(overrides).flatMap(([name, text]) => {
    if (!isTemplateName(name))
      return [`There is no template “${name}”. There is ${templateNames.join(', ')}.`]
    const unknown = [...text.matchAll(placeholder)]
      .map(([, field]) => field ?? '')
      .filter((field) => !isField(field))
    const left = text.replace(placeholder, '')
    return [
      ...[...new Set(unknown)].map(
        (field) =>
          `Template ${name} names the unknown field {${field}}. Known: ${fields.join(', ')}.`,
      ),
      ...(/[{}]/.test(left) ? [`Template ${name} has a brace that opens or closes nothing.`] : []),
      ...(text.trim() === '' ? [`Template ${name} is empty.`] : []),
    ]
  })
}
