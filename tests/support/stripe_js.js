// A stand-in for Stripe.js, for journeys: the calls that the page makes, with the checks that Stripe makes of them.
// It was written from Stripe's documentation (https://docs.stripe.com/js); the real one was not compared with it.
(() => {
  const BANK = '__BANK__';
  const needs = (is, what) => {
    if (!is) throw new Error(`IntegrationError: ${what}`);
  };
  class Element {
    constructor(elements, kind) {
      Object.assign(this, { elements, kind, listeners: {} });
    }
    on(name, listener) {
      this.listeners[name] = listener;
      return this;
    }
    mount(place) {
      needs(place instanceof HTMLElement && place.isConnected, 'the place to mount is not in the page');
      const field = document.createElement(this.kind === 'payment' ? 'input' : 'button');
      field.dataset.testid = this.kind === 'payment' ? 'stripe-card' : 'stripe-wallet';
      if (this.kind === 'payment') field.setAttribute('aria-label', 'Card');
      else {
        field.type = 'button';
        field.textContent = 'Wallet Pay';
        field.onclick = () => {
          this.elements.wallet = 'ctoken_ok';
          this.listeners.confirm?.({ paymentFailed: () => undefined });
        };
      }
      place.replaceChildren(field);
      this.elements.fields[this.kind] = field;
    }
  }
  window.Stripe = (key, { locale }) => {
    needs(/^pk_test_/.test(key), 'a publishable key is needed');
    needs(locale, 'a locale is asked for');
    return {
      elements(options) {
        needs(options.mode === 'payment' && Number.isInteger(options.amount) && options.amount > 0, 'mode and amount');
        needs(/^[a-z]{3}$/.test(options.currency), 'the currency is in small letters');
        return {
          options,
          fields: {},
          isSubmitted: false,
          create(kind) {
            needs(kind === 'payment' || kind === 'expressCheckout', `no element ${kind}`);
            return new Element(this, kind);
          },
          update(changed) {
            Object.assign(this.options, changed);
          },
          async submit() {
            this.isSubmitted = true;
            if (this.wallet || this.fields.payment?.value) return {};
            return { error: { type: 'validation_error', message: 'Your card number is incomplete.' } };
          },
        };
      },
      async createConfirmationToken({ elements, params }) {
        needs(elements.isSubmitted, 'elements.submit() comes before createConfirmationToken');
        needs(/^https?:/.test(params.return_url), 'return_url is a whole address');
        const id = elements.wallet ?? `ctoken_${elements.fields.payment.value}`;
        elements.wallet = undefined;
        return { confirmationToken: { id } };
      },
      handleNextAction({ clientSecret }) {
        needs(/^pi_\w+_secret_\w+$/.test(clientSecret), 'the client secret of a PaymentIntent');
        location.assign(`${BANK}/bank/${clientSecret.split('_secret_')[0]}`);
        return new Promise(() => undefined); // the page is left
      },
    };
  };
})();
