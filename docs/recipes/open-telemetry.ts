// OpenTelemetry: wrap the transport, and each exchange becomes a span, retries and token requests too. The names of the
// attributes are those of the semantic conventions for HTTP client spans.
import { SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { redactUrl, type Transport } from 'ams-rest';

export function tracedTransport(inner: Transport, tracer: Tracer = trace.getTracer('ams-rest')): Transport {
  return (request) => {
    const { method } = request;
    const url = new URL(redactUrl(request.url)); // the signature of a SAS is left out
    const attributes = {
      'http.request.method': method,
      'url.full': url.href,
      'server.address': url.hostname,
      'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    };
    return tracer.startActiveSpan(method, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      try {
        const response = await inner(request);
        span.setAttribute('http.response.status_code', response.status);
        if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
        return response;
      } catch (error) {
        const type = error instanceof Error ? error.name : 'unknown';
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR, message: type });
        throw error;
      } finally {
        span.end();
      }
    });
  };
}
