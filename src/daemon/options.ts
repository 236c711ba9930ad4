// The options of Prepare, as they come over the bus.
import { Variant } from '../bus/connection.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { labelProblem } from '../media/file-system.ts'

export interface PrepareOptions {
  label: string
  erase: boolean
  full: boolean
}

const usual: PrepareOptions = { label: 'PKTW', erase: false, full: false }

const refused = (option: string, why: string): Stop =>
  new Stop([diagnose('bus.bad-option', { option: option.slice(0, 64).replace(/\p{Cc}/gu, '?'), why })])

/** Reads a{sv}. Throws Stop: a misspelt option must not erase a disc in another way than was meant. */
export function prepareOptions(given: unknown): PrepareOptions {
  const options = { ...usual }
  for (const [name, variant] of Object.entries(given as Record<string, unknown>)) {
    const value: unknown = variant instanceof Variant ? variant.value : undefined
    if (name === 'label') {
      if (typeof value !== 'string') throw refused(name, 'it is no string')
      const why = labelProblem(value)
      if (why !== undefined) throw new Stop([diagnose('prepare.label', { label: value, why })])
      options.label = value
    } else if (name === 'erase' || name === 'full') {
      if (typeof value !== 'boolean') throw refused(name, 'it is no boolean')
      options[name] = value
    } else throw refused(name, 'there is none of that name')
  }
  return options
}
