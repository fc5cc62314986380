"""Units of UCUM by what they are made of; the table is ours, the facts are the metric system's and ucum.org's (2.1).

A line: the code, how many of what. Those of METRIC take prefixes. Two liberties, both on the side of not comparing: the
mole is a base unit here (UCUM counts it as 6.022e23), and so is each arbitrary unit, which UCUM defines as no other.
"""

from decimal import Decimal
from fractions import Fraction

BASE = ("m", "s", "g", "rad", "K", "C", "cd", "mol")
ARBITRARY_METRIC = ("[iU]", "[arb'U]", "[USP'U]", "[CFU]", "[FFU]", "[PFU]", "[BAU]", "[AU]", "[EU]")
ARBITRARY = (
    "[HPF]", "[LPF]", "[GPL'U]", "[MPL'U]", "[APL'U]", "[beth'U]", "[anti'Xa'U]", "[todd'U]", "[dye'U]", "[knk'U]",
    "[mclg'U]", "[bdsk'U]", "[ka'U]", "[smgy'U]", "[TCID_50]", "[CCID_50]", "[EID_50]", "[ELU]", "[Amb'a'1'U]",
    "[Lf]", "[D'ag'U]", "[FEU]", "[MET]", "[pH]", "[hnsf'U]", "[S]",
)  # fmt: skip
PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2, "m": -3,
    "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip
# Linear, but with a zero of their own: (kelvin a degree, degrees from absolute zero). Only alone, never in a product.
SPECIAL = {
    "Cel": (Fraction(1), Decimal("273.15")),
    "[degF]": (Fraction(5, 9), Decimal("459.67")),
    "[degRe]": (Fraction(5, 4), Decimal("218.52")),
}

_METRIC = """
sr 1 rad2
[IU] 1 [iU]
Hz 1 s-1
N 1 kg.m/s2
Pa 1 N/m2
J 1 N.m
W 1 J/s
A 1 C/s
V 1 J/C
F 1 C/V
Ohm 1 V/A
S 1 Ohm-1
Wb 1 V.s
T 1 Wb/m2
H 1 Wb/A
lm 1 cd.sr
lx 1 lm/m2
Bq 1 s-1
Gy 1 J/kg
Sv 1 J/kg
kat 1 mol/s
U 1 umol/min
eq 1 mol
osm 1 mol
l 1 dm3
L 1 dm3
ar 100 m2
t 1000 kg
bar 100000 Pa
u 1.6605402e-24 g
eV 1.60217733e-19 J
pc 3.085678e16 m
g% 1 g/dl
cal 4.184 J
cal_th 4.184 J
cal_IT 4.1868 J
cal_m 4.19002 J
dyn 1 g.cm/s2
erg 1 dyn.cm
P 1 dyn.s/cm2
St 1 cm2/s
G 0.0001 T
Ci 37000000000 Bq
R 0.000258 C/kg
RAD 0.01 J/kg
REM 0.01 J/kg
m[H2O] 9806.65 Pa
m[Hg] 133322 Pa
st 1 m3
mho 1 S
gf 9.80665 g.m/s2
"""

_PLAIN = """
10* 10 1
10^ 10 1
[pi] 3.1415926535897932384626433832795028841971693993751 1
% 0.01 1
[ppth] 0.001 1
[ppm] 0.000001 1
[ppb] 0.000000001 1
[pptr] 0.000000000001 1
min 60 s
h 60 min
d 24 h
wk 7 d
a 365.25 d
a_j 365.25 d
a_t 365.24219 d
a_g 365.2425 d
mo 30.4375 d
mo_j 30.4375 d
mo_g 30.436875 d
mo_s 29.53059 d
deg 2 [pi].rad/360
gon 0.9 deg
' 1 deg/60
'' 1 '/60
atm 101325 Pa
att 98066.5 Pa
[lbf_av] 4.4482216152605 N
[psi] 1 [lbf_av]/[in_i]2
[in_i] 2.54 cm
[ft_i] 12 [in_i]
[yd_i] 3 [ft_i]
[mi_i] 5280 [ft_i]
[nmi_i] 1852 m
[kn_i] 1 [nmi_i]/h
[fth_i] 6 [ft_i]
[mil_i] 0.001 [in_i]
[sin_i] 1 [in_i]2
[sft_i] 1 [ft_i]2
[syd_i] 1 [yd_i]2
[cin_i] 1 [in_i]3
[cft_i] 1 [ft_i]3
[Ao] 0.1 nm
Ao 0.1 nm
[gr] 64.79891 mg
[lb_av] 7000 [gr]
[oz_av] 437.5 [gr]
[dr_av] 27.34375 [gr]
[stone_av] 14 [lb_av]
[lcwt_av] 112 [lb_av]
[scwt_av] 100 [lb_av]
[lton_av] 2240 [lb_av]
[ston_av] 2000 [lb_av]
[oz_tr] 480 [gr]
[lb_tr] 5760 [gr]
[oz_ap] 480 [gr]
[dr_ap] 60 [gr]
[sc_ap] 20 [gr]
[lb_ap] 5760 [gr]
[car_m] 0.2 g
[gal_us] 231 [in_i]3
[qt_us] 0.25 [gal_us]
[pt_us] 0.125 [gal_us]
[gil_us] 0.03125 [gal_us]
[foz_us] 0.0078125 [gal_us]
[fdr_us] 0.0009765625 [gal_us]
[cup_us] 16 [tbs_us]
[tbs_us] 0.5 [foz_us]
[tsp_us] 1 [tbs_us]/3
[cup_m] 240 ml
[tbs_m] 15 ml
[tsp_m] 5 ml
[foz_m] 30 ml
[gal_br] 4.54609 l
[pt_br] 0.56826125 l
[foz_br] 28.4130625 ml
[drp] 0.05 ml
[Cal] 1 kcal
[Btu] 1055.05585262 J
[diop] 1 m-1
[g] 9.80665 m/s2
[c] 299792458 m/s
b 100 fm2
[degR] 5 K/9
[wood'U] 1 mm[Hg].min/L
[PRU] 1 mm[Hg].s/ml
"""


def _table(text: str) -> dict[str, tuple[Fraction, str]]:
    rows = (line.split(" ") for line in text.strip().splitlines())
    return {code: (Fraction(many), of) for code, many, of in rows}


METRIC = _table(_METRIC)
PLAIN = _table(_PLAIN)
