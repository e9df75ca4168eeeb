package io.github.fdistill.server;

import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.JsonResponse;

/**
 * What is answered to an HTTP request.
 *
 * @param status of HTTP
 * @param type of the body
 */
record Reply(int status, String type, String body) {
  static final String JSON = "application/json";

  static Reply json(String body) {
    return new Reply(200, JSON, body);
  }

  static Reply of(ApiException e) {
    return new Reply(e.httpStatus(), JSON, JsonResponse.error(e.getMessage()));
  }
}
