"""Links: accounts that behave like one person's, or like two who share their answers. It only tells staff.

How likely is what two accounts have in common if each plays for itself, and how likely if they belong together?
`statements` count the one against the other in SQL, `finding` weighs and keeps; docs/decisions/0022 has the formula.
"""
