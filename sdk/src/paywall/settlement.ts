import { headers } from "../pay402/wire.ts";
import { endOf, type PaidResponse } from "./http.ts";

type Settlement = {
  /** Makes the price credit, durably; answers the header that says so. */
  giveBack: () => Promise<string>;
  onError: (error: unknown) => void;
};

const failure = 400;

/**
 * Holds back the end of an answer with a failing status until the price is the payer's again. An answer whose body had begun
 * to go out before it ended says in its header what was charged at first; the next answer says how things stand.
 */
export function giveBackOnFailure(response: PaidResponse, { giveBack, onError }: Settlement): void {
  const end = endOf(response);
  let settled = false;
  const ending = (...args: unknown[]): PaidResponse => {
    if (settled || response.statusCode < failure) {
      end(...args);
      return response;
    }
    settled = true;
    giveBack().then(
      (header) => {
        if (!response.headersSent) response.setHeader(headers.response, header);
        end(...args);
      },
      (error: unknown) => {
        onError(error);
        response.destroy();
      },
    );
    return response;
  };
  response.end = ending;
}
