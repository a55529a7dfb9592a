// Asking the server in a secret vote: a "no" in words (Refused) is told from what a later try may mend (Error).

const ANSWER_MS = 8000;

export class Refused extends Error {
  constructor({ code = "", words = "" } = {}) {
    super(words);
    this.code = code;
  }
}

export async function ask(path, options = {}) {
  const abort = new AbortController();
  const tooLong = setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const answer = await fetch(path, { cache: "no-store", redirect: "error", signal: abort.signal, ...options });
    if (answer.status === 401) location.reload();
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const said = await answer.json();
    if (!answer.ok) throw new Refused(said);
    return said;
  } finally {
    clearTimeout(tooLong);
  }
}

export const post = (body, { headers = {}, ...more } = {}) => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
  ...more,
});

export const urlOf = (poll, end = "") => `/phieu-kin/${poll}${end}`;
