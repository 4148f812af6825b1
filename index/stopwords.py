"""Function words, those of questions above all: in a small folder they would weigh as much as names."""

from __future__ import annotations

_LISTS = {
    "en": """a about an and any are as at be been but by can could did do does dont for from had has have he
        her here him his how i if in into is it its me my of on or our she should so some than that the
        their them then there these they this those to was we were what when where which who whom whose
        why will with would you your""",
    "fr": """a au aux avec c ce ces cet cette ceux ci comme comment d dans de des donc du elle elles en es est
        et eu eux il ils j je l la le les leur leurs lui ma mais me mes moi mon n ne nos notre nous on ont
        ou où par pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa se sera ses si son
        sont sur t ta te tes toi ton tu un une vos votre vous y à étaient était être""",
    "de": """aber alle als also am an auch auf aus bei bin bis bist da dann das dass dem den der des die dies
        diese diesem diesen dieser dieses du durch ein eine einem einen einer eines er es für gibt haben
        hat hatte ich ihm ihn ihr ihre im in ist ja kann können man mein mit nach noch nur ob oder ohne
        sein seine sich sie sind so um und uns unter vom von vor wann war waren warum was welche welchem
        welchen welcher welches wem wen wenn wer werden wessen wie wieso wir wird wo wurde wurden zu zum
        zur über""",
    "es": """a al algo ante así aunque como con cuando cuál cuáles cuándo cuánto cuántos cómo de del desde
        donde dónde e el ella ellas ellos en entre era eran es esa ese eso esta este esto estos está están
        fue fueron ha han hasta hay la las le les lo los me mi muy nos o para pero por porque que quien
        quién quiénes qué se ser si sin sobre son su sus sí también te tu un una unas uno unos y ya yo él""",
    "it": """a ad al alla alle allo anche c che chi ci co come con cosa cui d da dal dalla dei del della delle
        dello di dove e ed era erano fra gli ha hanno i il in io l la le lei lo loro lui ma mi nei nel
        nella non o per perché qual quale quali quando quanti quanto quella quello questa questo se si
        sono su sua sul sulla suo tra tu un una uno vi è""",
    "pt": """a ao aos as com como da das de dela dele do dos e ela elas ele eles em entre era essa esse esta
        este está eu foi foram há isso isto já lhe mas me na nas no nos o onde os ou para pela pelo por
        porque quais qual quando quanto quantos que quem se sem ser seu seus sua são também te um uma você
        à às é""",
    "nl": """aan al als bij dat de der deze die dit door een en er had heb heeft het hij hoe hun ik in is je
        kan maar me met mijn na naar nog of om ons ook op over te tot uit van voor waar waarom wanneer
        waren was wat we welk welke werd wie wij wordt zich zij zijn zo""",
}
STOP_WORDS: dict[str, frozenset[str]] = {code: frozenset(text.split()) for code, text in _LISTS.items()}
"""By ISO 639-1 code, casefolded, accents kept; the other languages rely on the weight of rare words alone."""
