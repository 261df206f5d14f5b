const MAXIMUM_LABEL = 63;

/**
 * Whether `text`, in lower case, can be one label of a name in the cluster's zone: 1 to 63 of `a` to `z`, digits,
 * `-` and `_`. Kubernetes allows no more (RFC 1123 labels, `_` for old Services); a hostile object may hold
 * anything. As it allows neither `.` nor `/`, `service.namespace` and `namespace/name` are unambiguous keys.
 */
export function isDnsLabel(text: string): boolean {
  if (text.length === 0 || text.length > MAXIMUM_LABEL) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const letter = code > 96 && code < 123;
    const digit = code > 47 && code < 58;
    if (!letter && !digit && code !== 45 && code !== 95) return false;
  }
  return true;
}

/** Whether `text`, in lower case, is one label or several with single dots between them. */
export function isDnsLabels(text: string): boolean {
  return isDnsLabel(text) || (text.includes('.') && text.split('.').every(isDnsLabel));
}
