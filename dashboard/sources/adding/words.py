"""How columns of sales are called in English, German, French and Spanish, and in SAP's tables."""

from typing import Final

# Canonical name -> words, the more telling ones first. Written without accents, blanks and signs.
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "product": (
        *("sku", "productcode", "productid", "itemcode", "itemno", "itemid", "stockcode", "artikelnummer", "artikelnr"),
        *("artnr", "artno", "matnr", "materialnummer", "codearticle", "refarticle", "codigoarticulo", "codigoproducto"),
        *("ean", "gtin", "product", "item", "article", "artikel", "produkt", "material", "produit", "producto"),
        *("articulo", "referencia", "reference", "prod"),
    ),
    "quantity": (
        *(
            "quantity",
            "qty",
            "menge",
            "quantite",
            "qte",
            "cantidad",
            "cant",
            "units",
            "unidades",
            "unites",
            "stuckzahl",
        ),
        *("stuck", "stueck", "anzahl", "pieces", "pcs", "fkimg", "kwmeng"),
    ),
    "date": (
        *(
            "solddate",
            "saledate",
            "orderdate",
            "invoicedate",
            "soldat",
            "orderedat",
            "invoicedat",
            "soldon",
            "orderedon",
            "belegdatum",
            "rechnungsdatum",
            "verkaufsdatum",
        ),
        *("buchungsdatum", "auftragsdatum", "datevente", "datefacture", "datecommande", "fechaventa", "fechafactura"),
        *(
            "fkdat",
            "erdat",
            "date",
            "datum",
            "fecha",
            "stichtag",
            "zeitpunkt",
            "timestamp",
            "day",
            "tag",
            "jour",
            "dia",
        ),
    ),
    "amount": (
        *("lineamount", "netamount", "lineamt", "linetotal", "salesamount", "nettobetrag", "positionswert", "netwr"),
        *("nettowert", "umsatz", "montantligne", "montantht", "montant", "importeneto", "importe", "betrag", "amount"),
        *("revenue", "turnover", "chiffreaffaires", "netto", "wert", "total", "value", "sales"),
    ),
    "price": (
        *("unitprice", "einzelpreis", "stuckpreis", "stueckpreis", "prixunitaire", "preciounitario", "priceperunit"),
        *("price", "preis", "prix", "precio", "pu"),
    ),
    "discount": ("discount", "rabatt", "nachlass", "remise", "rabais", "descuento", "disc", "markdown"),
    "tax": ("tax", "vat", "mwst", "ust", "steuer", "tva", "taxe", "iva", "impuesto", "mwsbp"),
    "cost": (
        *("unitcost", "einstandspreis", "einkaufspreis", "coutunitaire", "costeunitario", "prixachat", "preciocoste"),
        *("cost", "kosten", "cout", "coste", "costo", "wavwr"),
    ),
    "region": (
        *("region", "country", "land", "pays", "pais", "gebiet", "territory", "store", "shop", "filiale", "branch"),
        *("magasin", "tienda", "sucursal", "werks", "plant", "vkbur", "site"),
    ),
    "channel": ("channel", "kanal", "vertriebsweg", "canal", "vtweg", "salesmode", "origin"),
    "currency": ("currency", "wahrung", "waehrung", "devise", "moneda", "divisa", "waerk", "waers", "curr"),
    "name": (
        *("productname", "itemname", "description", "artikelbezeichnung", "artikeltext", "bezeichnung", "designation"),
        *("libelle", "descripcion", "denominacion", "maktx", "arktx", "name", "nombre", "nom", "title", "text"),
    ),
    "category": (
        *("category", "productgroup", "itemgroup", "articlegroup", "artikelgruppe", "warengruppe", "kategorie", "categorie", "categoria", "matkl"),
        *("famille", "familia", "rayon", "department", "sortiment"),
    ),
    "launch": ("launchdate", "launch", "einfuhrung", "einfuehrung", "lancement", "lanzamiento", "introduced"),
    "available": (
        *("available", "onhand", "instock", "stock", "bestand", "verfugbar", "verfuegbar", "lagerbestand", "labst"),
        *("disponible", "existencias", "quantity", "qty", "menge", "units"),
    ),
    "units": (
        *("received", "unitsreceived", "quantityreceived", "quantity", "qty", "units", "menge", "anzahl", "quantite"),
        *("qte", "cantidad", "cant", "unidades", "unites", "pieces", "pcs", "stuck", "stueck"),
    ),
    "rate": (
        "exchangerate",
        "rate",
        "wechselkurs",
        "umrechnungskurs",
        "kurs",
        "ukurs",
        "taux",
        "cours",
        "tipo",
        "cambio",
    ),
    "end": ("enddate", "discontinued", "auslauf", "auslaufdatum", "datefin", "fechafin", "findevie"),
}
