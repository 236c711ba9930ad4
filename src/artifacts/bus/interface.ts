// How an interface on the bus is described, once: the service, the introspection file and docs/bus.md are made from these tables.
import type { DiagnosticCode } from '../../diagnostics/catalogue.ts'

/** A number (`t`) that is not known: UINT64_MAX, as org.freedesktop.systemd1 has it for MemoryCurrent and others. */
export const notKnown = 2n ** 64n - 1n

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
