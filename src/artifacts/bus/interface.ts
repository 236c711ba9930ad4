// How an interface on the bus is described, once: the service, the introspection file and docs/bus.md are made from these tables.
import type { DiagnosticCode } from '../../diagnostics/catalogue.ts'

export interface Argument {
  name: string
  /** D-Bus signature of one complete type. */
  type: string
}

export interface Method {
  name: string
  in: readonly Argument[]
  out: readonly Argument[]
  /** Sentences, in Markdown. */
  what: string
  /** What it may end with, besides what every method may. */
  errors: readonly DiagnosticCode[]
}

interface Property {
  name: string
  type: string
  what: string
  /** Never changes while the object is there. Others are told with PropertiesChanged. */
  constant?: true
}

export interface Signal {
  name: string
  args: readonly Argument[]
  what: string
}

export interface Interface {
  name: string
  what: string
  methods: readonly Method[]
  properties: readonly Property[]
  signals: readonly Signal[]
}
