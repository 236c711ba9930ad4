// What is said of a key of the settings, beside its type and default.

/** As metadata of the schema, under the keywords of JSON Schema and, where it has none, our own. reference.ts makes rows of it. */
export const said = (
  description: string,
  more: { why: string; example: unknown; unit?: string },
): Record<string, unknown> => ({
  description,
  examples: [more.example],
  'x-why': more.why,
  ...(more.unit === undefined ? {} : { 'x-unit': more.unit }),
})
