// polkit: may this caller do that? Anything but a clear yes is a no.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type Bus, BusError, Variant } from './connection.ts'
import type { Leaving } from './names.ts'

export interface Question {
  /** Unique name of whoever asks: the bus vouches for it, a process number could be another's by now. */
  caller: string
  action: string
  /** For rules and for the text of the prompt. */
  details: Record<string, string>
  /** The user may be asked for a password. */
  interactive: boolean
}

const polkit = {
  destination: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
} as const

const allowUserInteraction = 1
/** ms that a prompt may stay open: others wait behind it. */
const patience = 300_000
const cancelled = 'org.freedesktop.PolicyKit1.Error.Cancelled'

let questions = 0

/** Resolves when polkit allows it. Throws Stop when it does not, cannot be asked, or the caller has left meanwhile. */
export async function authorize(
  bus: Bus,
  leaving: Leaving,
  question: Question,
  patienceMs = patience,
): Promise<void> {
  const { caller, action, details, interactive } = question
  questions += 1
  const cancellation = `pktwd-${questions}`
  let gone = false
  let late = false
  /** Nobody is there for the answer, or has given one: the dialogue is to go as well. */
  const cancel = (): void => {
    bus
      .call({ ...polkit, member: 'CancelCheckAuthorization', signature: 's', body: [cancellation] })
      .catch(() => {})
  }
  const forget = leaving.once(caller, () => {
    gone = true
    cancel()
  })
  const timer = setTimeout(() => {
    late = true
    cancel()
  }, patienceMs)
  try {
    const subject = ['system-bus-name', { name: new Variant('s', caller) }]
    const flags = interactive ? allowUserInteraction : 0
    const [answer] = await bus.call({
      ...polkit,
      member: 'CheckAuthorization',
      signature: '(sa{sv})sa{ss}us',
      body: [subject, action, details, flags, cancellation],
    })
    if (gone) throw new Stop([diagnose('bus.caller-gone')])
    if (!Array.isArray(answer) || answer[0] !== true)
      throw new Stop([diagnose('bus.not-authorized', { action })])
  } catch (error) {
    if (error instanceof Stop) throw error
    if (late && !gone) throw new Stop([diagnose('bus.not-authorized', { action })])
    if (gone || (error instanceof BusError && error.error === cancelled))
      throw new Stop([diagnose('bus.caller-gone')])
    throw new Stop([diagnose('bus.no-polkit', { why: (error as Error).message.split('\n')[0] ?? '' })])
  } finally {
    clearTimeout(timer)
    forget()
  }
}
