// Places an order from a web page. The page's origin must be in http.cors.origins.

/**
 * Sends the order until there is an answer. The key makes a second try safe: however often it is sent, there is one order.
 * @param {string} service such as https://orders.example.org
 * @param {object} order as in the API's reference
 * @param {string} key one for each order, kept until the answer is there: crypto.randomUUID()
 */
export async function placeOrder(service, order, key) {
  for (let attempt = 1; ; attempt += 1) {
    let answer;
    try {
      answer = await fetch(`${service}/v1/orders`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify(order),
      });
    } catch (problem) {
      // No answer: the order may have been placed or not. The same key again finds out.
      if (attempt === 5) throw problem;
      await new Promise((resolve) => setTimeout(resolve, 1000 * attempt));
      continue;
    }
    if ((answer.status === 429 || answer.status === 503) && attempt < 5) {
      const seconds = Number(answer.headers.get("Retry-After")) || attempt;
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
      continue;
    }
    const body = await answer.json();
    if (answer.status === 201) return { order: body, problems: [] };
    // Every problem at once, each with the place in the order that it is about.
    return { order: null, problems: body.errors ?? [{ pointer: "", detail: body.detail ?? body.title }] };
  }
}
