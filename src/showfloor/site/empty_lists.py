"""What the back office says instead of a list that has no rows yet: what will stand there, and who
or what brings it."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

TEXTS: Final[dict[str, Any]] = {
    "accounts.ban": _("Nobody is banned. Bans are made from a message or a person in the console."),
    "accounts.brand": _("There is no brand that you work for."),
    "accounts.maillayout": _(
        "Mails have a layout with the brand's name and colour. Add one only for another."
    ),
    "accounts.member": _("People appear here when they join the brand with an account."),
    "accounts.staffinvitation": _("No invitation is open. Invite the people who work with you."),
    "accounts.staffrole": _("Nobody works here yet."),
    "accounts.user": _("There is no account."),
    "catalogue.category": _(
        "Categories are the tree in which visitors find products. Begin with the widest ones."
    ),
    "catalogue.feed": _("An address of your shop from which products are imported on a schedule."),
    "catalogue.pricechange": _("Each change of a price is written down here by itself."),
    "catalogue.product": _("Add a product by hand, or import a file from your shop."),
    "catalogue.variant": _("Variants come with their products: add or import a product first."),
    "checkout.downloadfile": _("Files that are sold. The rights of a product name them."),
    "checkout.entitlement": _(
        "Rights to attend, watch or download appear here when they are sold."
    ),
    "checkout.order": _("Orders appear here as soon as somebody buys."),
    "checkout.payment": _("Each attempt to pay appears here, also one that failed."),
    "checkout.paymentaccount": _(
        "The keys of the payment provider. Nobody can buy with real money before they are here."
    ),
    "checkout.productgrant": _(
        "Say here which product is a ticket, a replay or a download; its buyers get that right."
    ),
    "checkout.shippingoption": _(
        "Ways of sending, with price and countries. Nobody can order goods without one."
    ),
    "community.auditentry": _("Decisions of moderators are written down here by themselves."),
    "community.contentnotice": _("Notices of people about unlawful content appear here."),
    "community.noticecomplaint": _("Complaints about decisions on such notices appear here."),
    "community.wordrule": _("Words that the chat holds back or refuses. Add or import them."),
    "daily_close.dailyclose": _(
        "Each day is closed by itself after its midnight, beginning with the first sale."
    ),
    "documents.document": _(
        "Invoices are made by themselves once the seller's details and the invoice settings are"
        " saved."
    ),
    "documents.documentfailure": _(
        "Every invoice and every correction could be made. One that fails stands here with its"
        " reason."
    ),
    "documents.invoicesettings": _(
        "When invoices are made, and how they are numbered. No invoice is made before it is here."
    ),
    "fulfilment.orderreturn": _("Goods that buyers announce to send back appear here."),
    "fulfilment.returnpolicy": _(
        "How long goods can be sent back, and where to. Without it, only the law's right holds."
    ),
    "fulfilment.withdrawal": _("Buyers who withdraw from their contract appear here at once."),
    "legal.legaloverride": _(
        "Nothing was overridden. Here an owner can let shows be public while texts are missing."
    ),
    "legal.legaltext": _(
        "The texts that the law wants. A show can only be public when the required ones are"
        " published; an empty new text begins with a template."
    ),
    "legal.sellerprofile": _(
        "Name, address and tax number of the company, and to whom it sells. They decide which texts"
        " are required, and stand on invoices. Without them, the strictest rules hold."
    ),
    "outbox.mailwording": _(
        "Mails have good words of their own. Add a text only where yours shall stand instead."
    ),
    "outbox.outgoingmessage": _("Mails to buyers and staff appear here, also those on their way."),
    "pricing.bundle": _("Variants that cost less together."),
    "pricing.freegift": _("Gifts that come with a purchase from an amount on."),
    "pricing.market": _(
        "The brand sells everywhere in its own currency. Add a market for another currency,"
        " other prices or a smaller choice."
    ),
    "pricing.pricelist": _("Prices for a time, for a market or for a sale."),
    "pricing.taxrate": _(
        "Every country has the brand's own rate. Take over the published rates where they differ."
    ),
    "pricing.vatcheck": _("Each check of a buyer's VAT number is kept here as the proof."),
    "pricing.voucher": _("Codes that take something off, or make shipping free."),
    "restreams.restreamdestination": _(
        "Other platforms to which your shows can be sent at the same time, like a channel of yours "
        "with an RTMP address and a stream key."
    ),
    "shows.host": _("The people on camera."),
    "shows.show": _("Shows are planned in the console."),
    "stock.hold": _("Stock that a checkout keeps for its buyer appears here for some minutes."),
    "stock.location": _(
        "All goods are in one main location. Add others if they leave from several."
    ),
    "stock.lowstockalarm": _(
        "Nothing is running low. The stock settings say from how many units on that is."
    ),
    "stock.stock": _("Counts come with variants: add or import a product first."),
    "stock.stocksettings": _("From how many units on a variant is low, and who is told."),
}  # fmt: skip
