type Kind<T> = T extends string ? string : T extends number ? number : boolean

/** A setting by its name, or the fallback where there is none of that kind. */
export function settingValue<T extends string | number | boolean>(
  settings: Readonly<Record<string, unknown>>,
  name: string,
  fallback: T,
): Kind<T> {
  const value = settings[name]
  return (typeof value === typeof fallback ? value : fallback) as Kind<T>
}
